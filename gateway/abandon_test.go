package gateway

import (
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

// request is an HTTP request whose client may leave.
type request struct {
	gatewaytest.PlainExchange
	ended chan struct{}
}

func (r request) End() { close(r.ended) }

// TestAbandon checks that the server gets the cancellation of a call whose client has left, but
// nothing about a call that still waits for a person.
func TestAbandon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := must.Get(approval.Open(filepath.Join(t.TempDir(), "approvals.json")))
		b := gatewaytest.New(t, "version: 1\ntools: {pay: {require_approval: {approvers: 1}}, read: {}}\n", func(c *enforce.Config) {
			c.Approvals, c.Wait = book, time.Hour
		})
		client, ended := make(gatewaytest.Arrivals), make(chan error)
		r := NewRelay(Server{Guard: b.Guard, Dial: b.Dial}, map[string]any{"name": "alice"}, "session", client, slog.New(slog.DiscardHandler))
		go func() { ended <- r.Run(t.Context()) }()
		server := <-b.Servers
		bring := func(text string) request {
			via := request{ended: make(chan struct{})}
			client.Bring(t, via, text)
			return via
		}
		held := bring(payment)
		synctest.Wait() // until the call waits for a person
		read := bring(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"read"}}`)
		id := gatewaytest.IDOf(t, b.Expect(server, `"name":"read"`))
		client <- jsonrpc.Packet{Gone: true, Via: read}
		b.Expect(server, "notifications/cancelled", `"requestId":`+id)
		client <- jsonrpc.Packet{Gone: true, Via: held}
		<-held.ended
		close(client)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if all, err := book.List(time.Now()); err != nil || len(all) != 1 || all[0].State != approval.Waiting {
			t.Errorf("the call that was held is %+v, %v", all, err)
		}
	})
}
