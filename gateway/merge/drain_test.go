package merge

import (
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/gateway/internal/gatewaytest"
	"github.com/spectap/spectap/gateway/jsonrpc"
)

// script is a client that sends a message and ends its side, as a shell does with a pipe.
type script struct {
	send chan string
	got  chan string
}

func (c script) Receive() (jsonrpc.Packet, error) {
	text, ok := <-c.send
	if !ok {
		return jsonrpc.Packet{}, io.EOF
	}
	m, err := jsonrpc.Parse([]byte(text))
	return jsonrpc.Packet{Message: m}, err
}

func (c script) Send(m *jsonrpc.Message, _ jsonrpc.Exchange) error {
	c.got <- string(m.Text)
	return nil
}

func (c script) Close() error { return nil }

// TestAnswersBeforeEnd checks that a request to all servers is answered before the merger ends,
// although the client sends nothing more.
func TestAnswersBeforeEnd(t *testing.T) {
	for range 200 {
		b := gatewaytest.New(t, mergedPolicy, nil)
		c := script{make(chan string, 1), make(chan string, 10)}
		c.send <- gatewaytest.HelloText
		close(c.send)
		g := New([]gateway.Server{{Name: "files", Prefix: "files_", Guard: b.Guard, Dial: b.Dial}},
			map[string]any{"name": "alice"}, "session", c, slog.New(slog.DiscardHandler))
		ended := make(chan error)
		go func() { ended <- g.Run(t.Context()) }()
		go func() {
			server := <-b.Servers
			if text, err := server.Take(); err == nil { // unless the merger has ended
				b.Send(server, `{"jsonrpc":"2.0","id":`+gatewaytest.IDOf(t, string(text))+`,"result":{"protocolVersion":"2025-11-25"}}`)
			}
		}()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		select {
		case text := <-c.got:
			if !strings.Contains(text, `"result"`) {
				t.Fatalf("the answer is %s", text)
			}
		default:
			t.Fatal("the merger has ended without an answer")
		}
	}
}

// slow is a client that takes its time to read an answer.
type slow struct {
	script
	read *atomic.Bool
}

func (c slow) Send(*jsonrpc.Message, jsonrpc.Exchange) error {
	time.Sleep(time.Second) // of the fake clock: the merger does what it does without waiting
	c.read.Store(true)
	return nil
}

// TestRefusalBeforeEnd checks that a call that the policy of a server denies is answered before the
// merger ends.
func TestRefusalBeforeEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := gatewaytest.New(t, mergedPolicy, nil)
		c := slow{script{send: make(chan string, 1)}, new(atomic.Bool)}
		c.send <- `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"files_drop"}}`
		close(c.send)
		g := New([]gateway.Server{{Name: "files", Prefix: "files_", Guard: b.Guard, Dial: b.Dial}},
			map[string]any{"name": "alice"}, "session", c, slog.New(slog.DiscardHandler))
		if err := g.Run(t.Context()); err != nil {
			t.Error(err)
		}
		if !c.read.Load() {
			t.Error("the merger has ended without an answer")
		}
		time.Sleep(time.Second) // nothing goes on
	})
}

// TestEndedTurn checks that the relay of a server that ended takes no call, which nobody would
// answer, and that its late answers reach nobody.
func TestEndedTurn(t *testing.T) {
	b := gatewaytest.New(t, mergedPolicy, nil)
	c := script{got: make(chan string, 1)}
	g := New([]gateway.Server{{Name: "files", Prefix: "files_", Guard: b.Guard, Dial: b.Dial}}, nil, "session", c, slog.New(slog.DiscardHandler))
	call, err := jsonrpc.Parse([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"files_read"}}`))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 { // a select with two ways chooses at random
		ended := &turn{leg: g.legs[0], end: make(chan struct{}), greeted: make(chan struct{})}
		close(ended.greeted)
		ended.Close()
		g.request(jsonrpc.Packet{Message: call})
		if p, err := ended.Receive(); err == nil {
			t.Fatalf("the call %s goes to a relay that has ended: %v", p.Text, err)
		}
		ended.Send(jsonrpc.Response("1", []byte(`{"late":true}`)), nil)
		select {
		case p := <-g.legs[0].in: // for the next relay
			g.unserved(g.legs[0], p)
		default:
		}
		if got := <-c.got; !strings.Contains(got, "is not running") {
			t.Fatalf("the answer is %s", got)
		}
	}
}
