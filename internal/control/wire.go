package control

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// greeting begins a connection, both ways: a name and the version of the protocol.
const greeting = "spectap\x00\x02"

// Frames.
const (
	frameRequest = 'q' // a request, JSON
	frameResult  = 'r' // what a request gave, JSON; it ends the answer
	frameError   = 'e' // why it failed, JSON; it ends the answer
	frameFlow    = 'f' // a flow
	frameData    = 'd' // some bytes
	frameEnd     = 'z' // the end of a call's flows or bytes
	frameCommit  = 'c' // commit the import
	frameAbort   = 'a' // abort the import
)

// maxFrame bounds a frame: one flow with its bodies.
const maxFrame = 1 << 30

// dataSize is how many bytes a frame of data has at most.
const dataSize = 64 << 10

// Operations, and the frames that follow the request and answer it.
const (
	opGet      = "get"      // Seq: a flow
	opScan     = "scan"     // Query: flows, an empty result
	opWatch    = "watch"    // Seq: flows without end
	opStat     = "stat"     // : result store.Stat
	opSnapshot = "snapshot" // : data, an empty result
	opAppend   = "append"   // followed by flows, end: result Seq
	opLoss     = "loss"     // Loss: an empty result
	opDelete   = "delete"   // Query: result Count
	opLoad     = "load"     // Name: data, result Rests
	opSave     = "save"     // Name, Rests, followed by data, end: an empty result
	opSecret   = "secret"   // : data, an empty result
	opVerify   = "verify"   // : result store.Report
	opStatus   = "status"   // : result as the owner has it
	opImport   = "import"   // Name (the source): result Seq (its number); then (flows, end: empty result)*, commit or abort: empty result
)

// request asks for an operation.
type request struct {
	Op    string
	Seq   flow.Seq    `json:",omitzero"`
	Name  string      `json:",omitzero"`
	Query store.Query `json:",omitzero"`
	Rests store.Basis `json:",omitzero"`
	Loss  store.Loss  `json:",omitzero"`
}

// result is what most operations give.
type result struct {
	Seq   flow.Seq    `json:",omitzero"`
	Count int         `json:",omitzero"`
	Rests store.Basis `json:",omitzero"`
}

var errProtocol = errors.New("malformed message")

// wire reads and writes frames.
type wire struct {
	r *bufio.Reader
	w *bufio.Writer
}

func newWire(rw io.ReadWriter) *wire {
	return &wire{bufio.NewReaderSize(rw, 32<<10), bufio.NewWriterSize(rw, 32<<10)}
}

// frame writes one frame; flush sends it.
func (c *wire) frame(kind byte, payload []byte) error {
	if len(payload) > maxFrame {
		return store.ErrTooLarge
	}
	var head [5]byte
	head[0] = kind
	binary.BigEndian.PutUint32(head[1:], uint32(len(payload)))
	if _, err := c.w.Write(head[:]); err != nil {
		return err
	}
	_, err := c.w.Write(payload)
	return err
}

func (c *wire) json(kind byte, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := c.frame(kind, b); err != nil {
		return err
	}
	return c.w.Flush()
}

func (c *wire) flow(f *flow.Flow) error {
	b, err := f.AppendBinary(nil)
	if err != nil {
		return err
	}
	return c.frame(frameFlow, b)
}

// data writes bytes in frames.
func (c *wire) data(b []byte) error {
	for len(b) > 0 {
		n := min(len(b), dataSize)
		if err := c.frame(frameData, b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// read reads one frame. The memory it takes grows with what really arrives, not with what a length claims.
func (c *wire) read() (kind byte, payload []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(c.r, head[:]); err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(head[1:])
	if size > maxFrame {
		return 0, nil, fmt.Errorf("%w: frame of %d bytes", errProtocol, size)
	}
	if size <= dataSize {
		payload = make([]byte, size)
		if _, err := io.ReadFull(c.r, payload); err != nil {
			return 0, nil, cut(err)
		}
		return head[0], payload, nil
	}
	var b bytes.Buffer
	if _, err := io.CopyN(&b, c.r, int64(size)); err != nil {
		return 0, nil, cut(err)
	}
	return head[0], b.Bytes(), nil
}

// cut says that the end came within a frame.
func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// failure is an error on its way: its text, and which of the store's it is.
type failure struct {
	Code string `json:",omitzero"`
	Text string
}

// codes are the errors that keep their meaning.
func codes() map[string]error {
	return map[string]error{
		"not-found": store.ErrNotFound, "corrupt": store.ErrCorrupt, "closed": store.ErrClosed, "read-only": store.ErrReadOnly,
		"full": store.ErrFull, "too-large": store.ErrTooLarge, "stale": store.ErrStale, "damaged": store.ErrDamaged,
		"unsupported": errors.ErrUnsupported, "flow-version": flow.ErrVersion,
	}
}

func failureOf(err error) failure {
	for code, target := range codes() {
		if errors.Is(err, target) {
			return failure{code, err.Error()}
		}
	}
	return failure{"", err.Error()}
}

func (f failure) err() error { return &remoteError{f.Text, codes()[f.Code]} }

// remoteError is an error of the owner's.
type remoteError struct {
	text string
	is   error
}

func (e *remoteError) Error() string { return e.text }
func (e *remoteError) Unwrap() error { return e.is }
