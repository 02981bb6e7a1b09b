package gateway

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/gateway/internal/gatewaytest"
	"github.com/spectap/spectap/gateway/jsonrpc"
)

// watched is a connection to a server that tells a test of messages before they leave, and after.
// The test may keep the sender waiting.
type watched struct {
	jsonrpc.Conn
	before, after func(*jsonrpc.Message)
}

func (c watched) Send(m *jsonrpc.Message, via jsonrpc.Exchange) error {
	if c.before != nil {
		c.before(m)
	}
	err := c.Conn.Send(m, via)
	if c.after != nil {
		c.after(m)
	}
	return err
}

// watch returns a dial whose connections tell the test of their messages.
func watch(b *gatewaytest.Bench, before, after func(*jsonrpc.Message)) jsonrpc.Dial {
	return func(ctx context.Context) (jsonrpc.Conn, error) {
		conn, err := b.Dial(ctx)
		return watched{conn, before, after}, err
	}
}

// settled is a pause of the fake clock. It ends when the other goroutines have nothing left to do.
const settled = time.Second

// TestCancelledWhileItLeaves checks that the server hears of a call before it hears that the call is
// cancelled.
func TestCancelledWhileItLeaves(t *testing.T) {
	for _, how := range []string{"notification", "closed response"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := gatewaytest.New(t, "version: 1\ntools: {\"*\": {}}\n", nil) // calls are judged beside other messages
				client, ended, via := make(gatewaytest.Arrivals), make(chan error), request{ended: make(chan struct{})}
				bring := func(p jsonrpc.Packet, text string) {
					if text != "" {
						m, err := jsonrpc.Parse([]byte(text))
						if err != nil {
							t.Error(err)
						}
						p.Message = m
					}
					client <- p
				}
				leaves := func(m *jsonrpc.Message) {
					if m.Method != "tools/call" {
						return
					}
					if how == "notification" {
						bring(jsonrpc.Packet{}, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)
					} else {
						bring(jsonrpc.Packet{Via: via, Gone: true}, "")
					}
					time.Sleep(settled)
				}
				r := NewRelay(Server{Guard: b.Guard, Dial: watch(b, leaves, nil)}, nil, "session", client, slog.New(slog.DiscardHandler))
				go func() { ended <- r.Run(t.Context()) }()
				server := <-b.Servers
				bring(jsonrpc.Packet{Via: via}, readCall)
				b.AnswerToolList(server, `[{"name":"read"}]`)
				b.Expect(server, `"method":"tools/call"`, `"id":1`)
				b.Expect(server, "notifications/cancelled", `"requestId":1`)
				<-via.ended
				close(client)
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestHandshakeIsFirstAgain checks that a server that was started again gets the whole handshake
// before the calls of the client.
func TestHandshakeIsFirstAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _, _, _ := newHealthy(t, func(b *gatewaytest.Bench) jsonrpc.Dial {
			return watch(b, func(m *jsonrpc.Message) {
				if m.Method == "notifications/initialized" {
					b.Send(b.Client, readCall)
					time.Sleep(settled)
				}
			}, nil)
		})
		server := <-b.Servers
		greet(b, server, `{}`)
		server.Close()
		server = <-b.Servers
		greeting := b.Expect(server, `"method":"initialize"`)
		b.Send(server, `{"jsonrpc":"2.0","id":`+gatewaytest.IDOf(t, greeting)+`,"result":{}}`)
		b.Expect(server, "notifications/initialized")
		b.Expect(server, `"method":"tools/call"`)
	})
}

// TestLateGreeting checks that a connection which ended before its handshake was over does not take
// the place of the one after it.
func TestLateGreeting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var greetings atomic.Int32 // the first is the client's own
		b, _, _, _ := newHealthy(t, func(b *gatewaytest.Bench) jsonrpc.Dial {
			return watch(b, nil, func(m *jsonrpc.Message) {
				if m.Method == "initialize" && greetings.Add(1) == 2 {
					time.Sleep(5 * time.Second) // of the fake clock: the server is started once more
				}
			})
		})
		server := <-b.Servers
		greet(b, server, `{}`)
		for range 2 {
			server.Close()
			server = <-b.Servers
			greeting := b.Expect(server, `"method":"initialize"`)
			b.Send(server, `{"jsonrpc":"2.0","id":`+gatewaytest.IDOf(t, greeting)+`,"result":{}}`)
			synctest.Wait()
		}
		b.Expect(server, "notifications/initialized")
		time.Sleep(time.Minute)
		b.Quiet(b.Client, server)
	})
}

// TestAskedWhileServerEnds checks that the client's answer to a question of the relay counts though
// the server was started again meanwhile.
func TestAskedWhileServerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := newHeld(t, "caller", time.Hour)
		server := <-b.Servers
		greet(b, server, `{"elicitation":{}}`)
		b.Send(b.Client, payment)
		question := b.Expect(b.Client, `"method":"elicitation/create"`)
		server.Close()
		server = <-b.Servers
		greeting := b.Expect(server, `"method":"initialize"`)
		b.Send(server, `{"jsonrpc":"2.0","id":`+gatewaytest.IDOf(t, greeting)+`,"result":{}}`)
		b.Expect(server, "notifications/initialized")
		b.Send(b.Client, `{"jsonrpc":"2.0","id":`+gatewaytest.IDOf(t, question)+`,"result":{"action":"accept"}}`)
		b.Expect(server, `"name":"pay"`)
	})
}
