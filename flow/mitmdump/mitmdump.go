// Package mitmdump reads the flow files that mitmproxy and mitmdump write.
//
// Such a file is a run of netstrings, one a flow, read one by one: memory is bounded by the largest flow. Files of
// mitmproxy 1.0 (2016) and later can be read, up to format version 21 (mitmproxy 11 and 12); older and newer ones
// are refused with their version. Messages are as they were on the wire: bodies keep their content encoding.
//
// Flows that are not HTTP (TCP, UDP, DNS) and CONNECT requests are left out and counted. Messages of WebSockets are
// read from version 12 on (mitmproxy 7), but for those that were not let through. Connection details, marks and
// comments are not kept.
package mitmdump

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/spectap/spectap/flow"
)

// ErrNotFlowFile says that a file is no flow file at all.
var ErrNotFlowFile = errors.New("not a mitmproxy flow file")

// Versions of the format that can be read.
const (
	oldest = 4
	newest = 21
)

// DefaultMaxFlow bounds one flow, in bytes: 1 GiB.
const DefaultMaxFlow = 1 << 30

// Config says how to read. The zero value will do.
type Config struct {
	// Source is the Source of the flows, such as "import:dump.mitm".
	Source string
	// MaxFlow is the size in bytes beyond which a flow is refused; 0 means [DefaultMaxFlow].
	MaxFlow int64
}

// FlowError says that one flow cannot be. The flows after it can still be read.
type FlowError struct {
	Flow int // counted from 1
	Err  error
}

func (e *FlowError) Error() string { return fmt.Sprintf("flow %d: %v", e.Flow, e.Err) }

// Unwrap returns what is wrong with the flow.
func (e *FlowError) Unwrap() error { return e.Err }

// Reader reads one file. It is not safe for concurrent use.
type Reader struct {
	cfg     Config
	in      *bufio.Reader
	flows   int
	skipped int
}

// Read returns a reader of the flow file in r.
func Read(r io.Reader, cfg Config) *Reader {
	if cfg.MaxFlow <= 0 {
		cfg.MaxFlow = DefaultMaxFlow
	}
	return &Reader{cfg: cfg, in: bufio.NewReaderSize(r, 64<<10)}
}

// Is says whether a file that begins with head, 16 bytes of it or more, looks like a flow file: a length, a colon,
// and the first name of a flow, itself with a length.
func Is(head []byte) bool {
	n, ok := digits(head)
	if !ok || n == len(head) || head[n] != ':' {
		return false
	}
	head = head[n+1:]
	if n, ok = digits(head); !ok || n+1 >= len(head) || head[n] != ':' {
		return false
	}
	c := head[n+1]
	return c >= 'a' && c <= 'z'
}

// digits returns how many digits a length at the start of b has.
func digits(b []byte) (int, bool) {
	n := 0
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	return n, n > 0 && n <= maxLength
}

// Skipped is the number of flows left out so far because they are not HTTP.
func (r *Reader) Skipped() int { return r.skipped }

// Flows yields the flows of the file in its order, once. A flow that cannot be is a [*FlowError], and the next one
// follows; an error of the file itself (cut off, no flow file, another version) is the last.
func (r *Reader) Flows() iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		for {
			if r.atEnd() && r.flows > 0 {
				return
			}
			r.flows++
			v, err := readValue(r.in, r.cfg.MaxFlow)
			if err != nil {
				yield(flow.Flow{}, r.fileError(err))
				return
			}
			f, err := flowOf(v)
			if errors.Is(err, errNotHTTP) {
				r.skipped++
				continue
			}
			var version *VersionError
			if errors.As(err, &version) {
				yield(flow.Flow{}, fmt.Errorf("flow %d: %w", r.flows, err))
				return
			}
			if err != nil {
				err = &FlowError{Flow: r.flows, Err: err}
			}
			f.Source = r.cfg.Source
			if !yield(f, err) {
				return
			}
		}
	}
}

// atEnd steps over line breaks, which editors leave at the end, and says whether nothing comes after them.
func (r *Reader) atEnd() bool {
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			return err == io.EOF
		}
		if c != '\n' && c != '\r' {
			r.in.UnreadByte()
			return false
		}
	}
}

// fileError says what is wrong with the file at the flow that is being read.
func (r *Reader) fileError(err error) error {
	switch {
	case errors.Is(err, errSyntax) && r.flows == 1, err == io.EOF:
		return fmt.Errorf("%w: %w", ErrNotFlowFile, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("flow %d: the file ends in the middle", r.flows)
	}
	return fmt.Errorf("flow %d: %w", r.flows, err)
}
