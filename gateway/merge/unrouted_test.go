package merge

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/streamable"
)

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
