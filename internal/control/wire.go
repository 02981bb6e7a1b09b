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

// greeting starts a connection in both directions. Its last byte is the version of the protocol.
const greeting = "spectap\x00\x04"

// Kinds of frames.
const (
	frameRequest = 'q' // a request in JSON
	frameResult  = 'r' // the result in JSON; ends the response
	frameError   = 'e' // an error in JSON; ends the response
	frameFlow    = 'f' // a flow
	frameData    = 'd' // up to dataSize bytes
	frameEnd     = 'z' // the end of the flows or bytes of a call
	frameCommit  = 'c' // commit the import
	frameAbort   = 'a' // abort the import
)

// maxFrame bounds the payload of a frame, such as a flow with its bodies.
const maxFrame = 1 << 30

// dataSize bounds the payload of a data frame.
const dataSize = 64 << 10

// holdSize is the number of bytes of a frame that are read before more memory is reserved.
const holdSize = 1 << 20

// Operations, with the fields of the request, the frames that follow it, and the response.
const (
	opGet      = "get"      // Seq: a flow
	opScan     = "scan"     // Query: flows, an empty result
	opWatch    = "watch"    // Seq: flows until the client closes the connection
	opStat     = "stat"     // : result store.Stat
	opSnapshot = "snapshot" // : data, an empty result
	opAppend   = "append"   // followed by flows, end: result Seq
	opLoss     = "loss"     // Loss: an empty result
	opDelete   = "delete"   // Query: result Count
	opLoad     = "load"     // Name: data, result Rests
	opSave     = "save"     // Name, Rests, followed by data, end: an empty result
	opSecret   = "secret"   // : data, an empty result
	opVerify   = "verify"   // : result store.Report
	opSessions = "sessions" // : result []store.Session
	opBegin    = "begin"    // Session: result Seq is its number
	opEnded    = "ended"    // Session: an empty result
	opForget   = "forget"   // Session: an empty result
	opApply    = "apply"    // Mark, followed by flows, end: result Applied
	opMarks    = "marks"    // : result map[string]uint64
	opStatus   = "status"   // : result of Config.Status
	// Name is the source, Seq in the result the number of the import. Then (flows, end: an empty
	// result)*, and commit or abort: an empty result.
	opImport = "import"
)

// writing describes the operations that change a store, for the errors of read-only clients.
var writing = map[string]string{
	opAppend: "append to", opApply: "apply flows to", opLoss: "note a loss in", opBegin: "begin a session in", opEnded: "end a session in",
	opForget: "delete a session from", opDelete: "delete from", opImport: "import into", opSave: "save model in",
}

// request requests an operation.
type request struct {
	Op    string
	Seq   flow.Seq    `json:",omitzero"`
	Name  string      `json:",omitzero"`
	Query store.Query `json:",omitzero"`
	Rests store.Basis `json:",omitzero"`
	Loss  store.Loss  `json:",omitzero"`
	Mark  *store.Mark `json:",omitzero"`
	// Session has the fields of a session that its operation needs.
	Session *store.Session `json:",omitzero"`
}

// result is the result of most operations.
type result struct {
	Seq   flow.Seq    `json:",omitzero"`
	Count int         `json:",omitzero"`
	Rests store.Basis `json:",omitzero"`
	// Applied is the result of store.Store.Apply.
	Applied bool `json:",omitzero"`
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

// frame writes one frame to the buffer.
func (c *wire) frame(kind byte, payload []byte) error {
	if len(payload) > maxFrame {
		return store.ErrTooLarge
	}
	var head [5]byte
	head[0] = kind
	binary.BigEndian.PutUint32(head[1:], uint32(len(payload)))
	c.w.Write(head[:]) // the buffer keeps its first error
	_, err := c.w.Write(payload)
	return err
}

// json writes a value as one frame and flushes the buffer.
func (c *wire) json(kind byte, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("%w: %w", errProtocol, err)
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

// data writes bytes as data frames.
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

// read reads one frame. Memory use grows with the bytes that arrive, not with the length that the
// frame claims.
func (c *wire) read() (kind byte, payload []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(c.r, head[:]); err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(head[1:])
	if int64(size) > maxFrame {
		return 0, nil, fmt.Errorf("%w: frame of %d bytes", errProtocol, size)
	}
	if size <= dataSize {
		payload = make([]byte, size)
		if _, err := io.ReadFull(c.r, payload); err != nil {
			return 0, nil, unexpectedEOF(err)
		}
		return head[0], payload, nil
	}
	var b bytes.Buffer
	for left := int64(size); left > 0; {
		n := min(left, holdSize)
		if _, err := io.CopyN(&b, c.r, n); err != nil {
			return 0, nil, unexpectedEOF(err)
		}
		left -= n
	}
	return head[0], b.Bytes(), nil
}

// unexpectedEOF replaces io.EOF within a frame by io.ErrUnexpectedEOF.
func unexpectedEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// failure is the encoding of an error: its text, and a code for errors that clients distinguish.
type failure struct {
	Code string `json:",omitzero"`
	Text string
	// Mark has the positions of a block that does not follow.
	Mark *store.MarkError `json:",omitzero"`
}

// codes returns the errors that clients can test with errors.Is.
func codes() map[string]error {
	return map[string]error{
		"not-found": store.ErrNotFound, "corrupt": store.ErrCorrupt,
		"closed": store.ErrClosed, "read-only": store.ErrReadOnly,
		"full": store.ErrFull, "too-large": store.ErrTooLarge, "stale": store.ErrStale, "outdated": store.ErrOutdated,
		"no-session": store.ErrNoSession, "damaged": store.ErrDamaged,
		"unsupported": errors.ErrUnsupported, "flow-version": flow.ErrVersion,
	}
}

func failureOf(err error) failure {
	if mark := (*store.MarkError)(nil); errors.As(err, &mark) {
		return failure{Text: err.Error(), Mark: mark}
	}
	for code, target := range codes() {
		if errors.Is(err, target) {
			return failure{Code: code, Text: err.Error()}
		}
	}
	return failure{Text: err.Error()}
}

func (f failure) err() error {
	if f.Mark != nil {
		return &remoteError{f.Text, f.Mark}
	}
	return &remoteError{f.Text, codes()[f.Code]}
}

// remoteError is an error that the owner sent.
type remoteError struct {
	text string
	is   error
}

func (e *remoteError) Error() string { return e.text }
func (e *remoteError) Unwrap() error { return e.is }
