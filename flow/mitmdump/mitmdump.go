// Package mitmdump reads and writes the flow files of mitmproxy and mitmdump. Read mitmdump.go
// first: netstring.go parses values, flow.go converts them, and write.go writes.
//
// Such a file is a sequence of netstrings, one per flow, which are read one by one. Memory is
// bounded by the largest flow. Supported are files of mitmproxy 1.0 (2016) and later, up to format
// version 21 (mitmproxy 11 and 12); other versions are rejected by number. Messages are as on the
// wire: bodies keep their content encoding.
//
// Flows that are not HTTP (TCP, UDP, DNS) and CONNECT requests are skipped and counted. WebSocket
// messages are read from version 12 on (mitmproxy 7), except those that mitmproxy dropped.
// Connection details, marks and comments are not kept.
package mitmdump

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/exchange"
)

// ErrNotFlowFile is the error for a file that is not a flow file.
var ErrNotFlowFile = errors.New("not a mitmproxy flow file")

// Supported versions of the format.
const (
	minVersion = 4
	maxVersion = 21
)

// DefaultMaxFlow is the default limit on one flow, in bytes: 128 MiB. Reading a flow takes a
// few times its size.
const DefaultMaxFlow = 128 << 20

// Config configures a Reader. The zero value is valid.
type Config struct {
	// Source becomes Flow.Source, such as "import:dump.mitm".
	Source string
	// MaxFlow is the limit on the size of one flow, in bytes; 0 means [DefaultMaxFlow].
	MaxFlow int64
}

// FlowError is the error for one invalid flow. The flows after it can still be read.
type FlowError struct {
	Flow int // counted from 1
	Err  error
}

func (e *FlowError) Error() string { return fmt.Sprintf("flow %d: %v", e.Flow, e.Err) }

// Unwrap returns the cause.
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

// IsFlowFile reports whether a file looks like a flow file. head is its first 16 bytes or more: a
// length, a colon, and the first name of a flow with its own length.
func IsFlowFile(head []byte) bool {
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

// digits returns the number of digits of the length at the start of b.
func digits(b []byte) (int, bool) {
	n := 0
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	return n, n > 0 && n <= maxLength
}

// Skipped returns the number of flows skipped so far because they are not HTTP.
func (r *Reader) Skipped() int { return r.skipped }

// Flows yields the flows of the file in order. It can be used once. An invalid flow yields a
// [*FlowError], and the next flow follows. An error of the file itself (truncated, not a flow file,
// unsupported version) is the last.
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
			if errors.Is(err, exchange.ErrNotHTTP) {
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

// atEnd skips line breaks, which editors leave at the end, and reports whether the file ends there.
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

// fileError describes an error of the file at the current flow.
func (r *Reader) fileError(err error) error {
	switch {
	case errors.Is(err, errSyntax) && r.flows == 1, err == io.EOF:
		return fmt.Errorf("%w: %w", ErrNotFlowFile, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("flow %d: %w", r.flows, exchange.ErrCut)
	}
	return fmt.Errorf("flow %d: %w", r.flows, err)
}
