package gateway

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/gateway/internal/gatewaytest"
	"github.com/spectap/spectap/gateway/jsonrpc"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/enforce"
)

// request is an HTTP request whose client may leave.
type request struct {
	gatewaytest.PlainExchange
	ended chan struct{}
}

func (r request) End() { close(r.ended) }

// TestAbandon checks that the server is told that a call is cancelled whose client has left, and
// that it hears nothing of one that still waits for a person.
func TestAbandon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book, err := approval.Open(filepath.Join(t.TempDir(), "approvals.json"))
		if err != nil {
			t.Fatal(err)
		}
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

// slow is a connection to a server whose Send returns after the server has read a call.
type slow struct {
	jsonrpc.Conn
	calls chan func() // ends the Send of a call
}

func (c slow) Send(m *jsonrpc.Message, via jsonrpc.Exchange) error {
	err := c.Conn.Send(m, via)
	if m.Method == "tools/call" {
		sent := make(chan struct{})
		c.calls <- func() { close(sent) }
		<-sent
	}
	return err
}

// TestAbandonWhileSent checks that a call is cancelled at the server that reads it before the relay
// knows that it was sent, and that the cancellation does not overtake the call.
func TestAbandonWhileSent(t *testing.T) {
	for name, gone := range map[string]func(via request) jsonrpc.Packet{
		"client leaves": func(via request) jsonrpc.Packet { return jsonrpc.Packet{Gone: true, Via: via} },
		"client cancels": func(request) jsonrpc.Packet {
			return jsonrpc.Packet{Message: jsonrpc.Notification("notifications/cancelled", []byte(`{"requestId":2}`))}
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := gatewaytest.New(t, "version: 1\ntools: {pay: {require_approval: {approvers: 1}}, read: {}}\n", nil)
			calls := make(chan func())
			client, ended := make(gatewaytest.Arrivals), make(chan error)
			r := NewRelay(Server{Guard: b.Guard, Dial: func(ctx context.Context) (jsonrpc.Conn, error) {
				conn, err := b.Dial(ctx)
				return slow{conn, calls}, err
			}}, map[string]any{"name": "alice"}, "session", client, slog.New(slog.DiscardHandler))
			go func() { ended <- r.Run(t.Context()) }()
			server := <-b.Servers
			via := request{ended: make(chan struct{})}
			client.Bring(t, via, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"read"}}`)
			id := gatewaytest.IDOf(t, b.Expect(server, `"name":"read"`))
			sent := <-calls
			client <- gone(via)
			synctest.Wait()
			select {
			case text := <-server.In:
				t.Errorf("%s: the server got %s before the call was sent", name, text)
			default:
			}
			sent()
			b.Expect(server, "notifications/cancelled", `"requestId":`+id)
			<-via.ended
			close(client)
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestListWithoutAnswer checks that a server which does not answer a question of the gateway's own
// hears that nobody waits for the answer any more.
func TestListWithoutAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "version: 1\ntools: {read: {require: {path: annotations.readOnlyHint, op: eq, value: true}}}\n", nil)
		server := <-b.Servers
		greet(b, server, `{}`)
		b.Send(b.Client, readCall)
		id := gatewaytest.IDOf(t, b.Expect(server, `"method":"tools/list"`))
		b.Expect(server, `"method":"notifications/cancelled"`, `"requestId":`+id) // after askTimeout of the fake clock
		b.Expect(b.Client, "unknown tool")
	})
}
