package merge

import (
	"io"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
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

// slow is a client that takes its time to read an answer.
type slow struct {
	script
	read *atomic.Bool
}

func (c slow) Send(*jsonrpc.Message, jsonrpc.Exchange) error {
	time.Sleep(time.Second) // of the fake clock: the merger does all that needs no waiting
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
		must.Do(t, g.Run(t.Context()))
		if !c.read.Load() {
			t.Error("the merger has ended without an answer")
		}
		time.Sleep(time.Second) // nothing continues
	})
}
