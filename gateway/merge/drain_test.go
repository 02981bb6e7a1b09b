package merge

import (
	"io"
	"log/slog"
	"strings"
	"testing"

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
