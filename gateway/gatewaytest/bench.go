package gatewaytest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/limit"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

// Wire is one end of a connection in memory.
type Wire struct {
	In     <-chan []byte // what the other end sent
	out    chan<- []byte
	Closed chan struct{} // closed by Close of either end
	once   *sync.Once
}

// NewWires returns both ends of a connection.
func NewWires() (a, b *Wire) {
	ab, ba, closed, once := make(chan []byte, 100), make(chan []byte, 100), make(chan struct{}), new(sync.Once)
	return &Wire{ba, ab, closed, once}, &Wire{ab, ba, closed, once}
}

// Take returns the next message, io.EOF at the end.
func (w *Wire) Take() ([]byte, error) {
	select {
	case text := <-w.In:
		return text, nil
	case <-w.Closed:
		return nil, io.EOF
	}
}

// Put sends a message. It waits while 100 are not taken.
func (w *Wire) Put(text []byte) error {
	select {
	case <-w.Closed: // select would choose at random
		return io.ErrClosedPipe
	default:
	}
	select {
	case w.out <- bytes.Clone(text):
		return nil
	case <-w.Closed:
		return io.ErrClosedPipe
	}
}

// Close ends both ends.
func (w *Wire) Close() error {
	w.once.Do(func() { close(w.Closed) })
	return nil
}

// Conn returns the wire as a connection of the relay.
func (w *Wire) Conn() jsonrpc.Conn { return wireConn{w} }

// wireConn is a wire as a connection of the relay.
type wireConn struct{ *Wire }

func (c wireConn) Receive() (jsonrpc.Packet, error) {
	text, err := c.Take()
	if err != nil {
		return jsonrpc.Packet{}, err
	}
	m, err := jsonrpc.Parse(text)
	return jsonrpc.Packet{Message: m}, err
}

func (c wireConn) Send(m *jsonrpc.Message, _ jsonrpc.Exchange) error { return c.Put(m.Text) }

// Bench has a guard with an audit, and a client and servers that a test acts as. The test connects
// them.
type Bench struct {
	T       *testing.T
	Client  *Wire      // that of the test, if it has just one
	Servers chan *Wire // a new one for each dial
	Guard   *enforce.Guard
	Ended   chan error // for the test: the error with which the connecting code ended
	// lists means that the test answers the relay's own requests for lists of tools, because the
	// policy depends on them. Otherwise the servers list the tools read and routed; routed mirrors
	// an argument in a header.
	lists bool
	audit string
}

// New returns a bench without its relay.
func New(t *testing.T, policyText string, change func(*enforce.Config)) *Bench {
	t.Helper()
	p := must.Get(policy.Load(t.Context(), "policy.yaml", []byte(policyText)))
	b := &Bench{T: t, Servers: make(chan *Wire, 10), audit: filepath.Join(t.TempDir(), "audit.jsonl"), Ended: make(chan error, 1)}
	journal := must.Get(audit.Open(b.audit, 0))
	c := enforce.Config{Limits: new(limit.Ledger), Audit: journal, Redactor: redact.New([]byte("key"), redact.Config{})}
	if change != nil {
		change(&c)
	}
	b.Guard, b.lists = enforce.New(p, c), p.NeedsTools() || c.HoldWrites
	t.Cleanup(func() { journal.Close() })
	return b
}

// Dial starts a server that the test acts as.
func (b *Bench) Dial(context.Context) (jsonrpc.Conn, error) {
	near, far := NewWires()
	b.Servers <- far
	if b.lists {
		return near.Conn(), nil
	}
	return WithoutTools(near, far), nil
}

// WithoutTools returns the near end of a wire as a connection of the relay to a server, and answers
// the relay's own requests for the list of tools.
func WithoutTools(near, far *Wire) jsonrpc.Conn { return withoutTools{wireConn{near}, far} }

type withoutTools struct {
	wireConn
	server *Wire
}

func (c withoutTools) Send(m *jsonrpc.Message, via jsonrpc.Exchange) error {
	if m.Method == "tools/list" && bytes.Contains(m.Params, []byte(jsonrpc.MetaOperations)) {
		return c.server.Put(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"result":{"tools":[{"name":"read"},{"name":"routed",`+
			`"inputSchema":{"properties":{"region":{"x-mcp-header":"Region"}}}}]}}`, m.ID))
	}
	return c.wireConn.Send(m, via)
}

// Send sends a message, or fails the test.
func (b *Bench) Send(w *Wire, text string) {
	b.T.Helper()
	if err := w.Put([]byte(text)); err != nil {
		b.T.Fatalf("send %s: %v", text, err)
	}
}

// Receive returns the next message, or fails the test.
func (b *Bench) Receive(w *Wire) string {
	b.T.Helper()
	select {
	case text := <-w.In:
		return string(text)
	case <-time.After(time.Minute):
		b.T.Fatal("no message came")
		return ""
	}
}

// Expect fails unless the next message has the parts.
func (b *Bench) Expect(w *Wire, parts ...string) string {
	b.T.Helper()
	text := b.Receive(w)
	for _, p := range parts {
		if !strings.Contains(text, p) {
			b.T.Fatalf("got %s\nwant a message with %s", text, p)
		}
	}
	return text
}

// Quiet fails if a message was forwarded. It sends a ping, which must arrive next, so it need not
// wait.
func (b *Bench) Quiet(from, to *Wire) {
	b.T.Helper()
	b.Send(from, `{"jsonrpc":"2.0","id":"quiet","method":"ping"}`)
	b.Expect(to, `"method":"ping"`)
	b.Send(to, `{"jsonrpc":"2.0","id":"quiet","result":{}}`)
	b.Expect(from, `"id":"quiet"`)
}

// Records returns the records of the audit.
func (b *Bench) Records() []audit.Record {
	b.T.Helper()
	var all []audit.Record
	must.Do(b.T, audit.Read(b.T.Context(), b.audit, func(_ string, _ int, text []byte) error {
		r, err := audit.Decode(text)
		all = append(all, r)
		return err
	}, nil))
	return all
}

// AnswerToolList answers the relay's own request for the list of tools.
func (b *Bench) AnswerToolList(server *Wire, tools string) {
	var request struct{ ID json.RawMessage }
	text := <-server.In
	if json.Unmarshal(text, &request) != nil || !bytes.Contains(text, []byte(`"tools/list"`)) {
		b.T.Errorf("the relay asked %s", text)
	}
	server.Put(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"result":{"tools":%s}}`, request.ID, tools))
}

// ReadOnly is a restrictive policy.
const ReadOnly = `
version: 1
hide: [drop_all]
tools:
  read: {}
  small: {require: [{path: args.n, op: lt, value: 10}], reason: too large}
resources: {"file:///data/*": {}}
prompts: {hello: {}}
`
