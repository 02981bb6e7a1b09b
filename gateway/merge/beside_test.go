package merge

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/gateway/internal/gatewaytest"
	"github.com/spectap/spectap/gateway/jsonrpc"
	"github.com/spectap/spectap/gateway/streamable"
)

// response is that of an HTTP request whose client may leave.
type response struct {
	gatewaytest.PlainExchange
	ended chan struct{}
	once  *sync.Once
}

func newResponse() response { return response{ended: make(chan struct{}), once: new(sync.Once)} }

func (r response) End() { r.once.Do(func() { close(r.ended) }) }

// TestGivenUpEarly checks that no server gets a request that the client gives up while the merger
// looks for the owner of a resource.
func TestGivenUpEarly(t *testing.T) {
	const initialized = `{"jsonrpc":"2.0","method":"notifications/initialized"}`
	read := `{"jsonrpc":"2.0","id":5,"method":"resources/read","params":{"uri":"file:///a"}}`
	cancel := `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}`
	for name, tt := range map[string]struct{ request, cancel string }{
		"cancelled call": {read, cancel},
		"abandoned call": {read, ""},
		"abandoned stream": {
			`{"jsonrpc":"2.0","id":5,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["file:///a"]}}}`, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := gatewaytest.New(t, mergedPolicy, nil)
			client, via := make(gatewaytest.Arrivals), newResponse()
			g := New([]gateway.Server{{Name: "files", Prefix: "files_", Guard: b.Guard, Dial: b.Dial}},
				map[string]any{"name": "alice"}, "session", client, slog.New(slog.DiscardHandler))
			go func() { b.Ended <- g.Run(context.Background()) }()
			server := <-b.Servers
			client.Bring(t, via, tt.request)
			list := b.Expect(server, `"method":"resources/list"`)
			if tt.cancel != "" {
				client.Bring(t, nil, tt.cancel)
			} else {
				client <- jsonrpc.Packet{Via: via, Gone: true}
			}
			client.Bring(t, nil, initialized)
			b.Expect(server, "notifications/initialized")
			b.Send(server, `{"jsonrpc":"2.0","id":`+gatewaytest.IDOf(t, list)+`,"result":{"resources":[{"uri":"file:///a"}]}}`)
			list = b.Expect(server, `"method":"resources/templates/list"`)
			b.Send(server, `{"jsonrpc":"2.0","id":`+gatewaytest.IDOf(t, list)+`,"result":{"resourceTemplates":[]}}`)
			select {
			case <-via.ended:
			case text := <-server.In:
				t.Errorf("the server gets %s", text)
			}
			close(client)
			if err := <-b.Ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestSharedCancellation checks that no client without a session can cancel a call of another one
// that has the same id: such clients end their requests instead.
func TestSharedCancellation(t *testing.T) {
	b := gatewaytest.New(t, mergedPolicy, nil)
	s := gatewaytest.NewSite(t, mergedPolicy, nil, func(c *streamable.Config) {
		c.Relay = func(client jsonrpc.Conn, identity map[string]any, session string) streamable.Runner {
			files := gateway.Server{Name: "files", Prefix: "files_", Guard: b.Guard, Dial: b.Dial}
			return New([]gateway.Server{files}, identity, session, client, slog.New(slog.DiscardHandler))
		}
	})
	body, header := gatewaytest.Modern("1", "tools/call", "files_read", "")
	call := s.Start(body, header...)
	server := <-b.Servers
	b.AnswerToolList(server, `[{"name":"read"}]`) // to check the headers of the call
	id := gatewaytest.IDOf(t, s.Expect(server, `"name":"read"`))
	body, header = gatewaytest.Modern("1", "notifications/cancelled", "", `,"requestId":1`)
	if status, text := s.Post(strings.Replace(body, `"id":1,`, "", 1), header...); status != http.StatusAccepted {
		t.Errorf("status %d: %s", status, text)
	}
	s.Send(server, `{"jsonrpc":"2.0","id":`+id+`,"result":{"content":[]}}`)
	select {
	case got := <-call:
		if !strings.Contains(got.Text, `"result":{"content":[]}`) {
			t.Errorf("the call is answered %v", got)
		}
	case <-time.After(time.Minute):
		t.Error("the call is not answered")
	}
}
