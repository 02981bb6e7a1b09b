package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/gateway/internal/gatewaytest"
	"github.com/spectap/spectap/gateway/jsonrpc"
	"github.com/spectap/spectap/guard/enforce"
)

// newHealthy returns a bench whose relay reports its health and logs, with a dial of the test.
func newHealthy(t *testing.T, dial func(*gatewaytest.Bench) jsonrpc.Dial) (*gatewaytest.Bench, *Health, *strings.Builder, context.CancelFunc) {
	t.Helper()
	b := gatewaytest.New(t, gatewaytest.ReadOnly, nil)
	var down *gatewaytest.Wire
	b.Client, down = gatewaytest.NewWires()
	ctx, cancel := context.WithCancel(context.Background())
	health, log := new(Health), new(strings.Builder)
	r := NewRelay(Server{Guard: b.Guard, Dial: dial(b), Health: health}, map[string]any{"name": "alice"}, "session", down.Conn(), slog.New(slog.NewTextHandler(log, nil)))
	go func() { b.Ended <- r.Run(ctx) }()
	t.Cleanup(func() {
		b.Client.Close()
		cancel()
		<-b.Ended
	})
	return b, health, log, cancel
}

const readCall = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}`

// A server that cannot be started at all ends the connection, and people learn why.
func TestServerCannotBeStarted(t *testing.T) {
	why := errors.New("no such program")
	b, health, _, _ := newHealthy(t, func(*gatewaytest.Bench) jsonrpc.Dial {
		return func(context.Context) (jsonrpc.Conn, error) { return nil, why }
	})
	if err := <-b.Ended; !errors.Is(err, why) {
		t.Errorf("error %v", err)
	}
	if r := health.Report(); r != (HealthReport{State: Down, Failure: "no such program"}) {
		t.Errorf("%+v", r)
	}
	b.Ended <- nil
}

// A server that ended is started again with growing pauses. Meanwhile calls are told so, and health
// says what is going on.
func TestRestartsWithPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dials []time.Time
		b, health, log, _ := newHealthy(t, func(b *gatewaytest.Bench) jsonrpc.Dial {
			return func(ctx context.Context) (jsonrpc.Conn, error) {
				dials = append(dials, time.Now())
				if n := len(dials); n > 1 && n < 12 {
					return nil, errors.New("refused")
				}
				return b.Dial(ctx)
			}
		})
		server := <-b.Servers
		synctest.Wait()
		if r := health.Report(); r != (HealthReport{State: Running, Connections: 1}) {
			t.Errorf("at first: %+v", r)
		}
		b.Send(b.Client, readCall)
		b.Receive(server)
		if r := health.Report(); r.Pending != 1 {
			t.Errorf("with a call: %+v", r)
		}
		b.Quiet(server, b.Client)
		ended := time.Now()
		server.Close()
		b.Expect(b.Client, `"id":1`, "the MCP server ended before it answered")
		time.Sleep(time.Second)
		b.Send(b.Client, readCall)
		b.Expect(b.Client, `"id":1`, ErrNotRunning.Error())
		if r := health.Report(); r != (HealthReport{State: Restarting, Restarting: 1, Failure: "refused"}) {
			t.Errorf("meanwhile: %+v", r)
		}
		time.Sleep(5 * time.Minute)
		server = <-b.Servers
		b.Quiet(b.Client, server)
		if r := health.Report(); r != (HealthReport{State: Running, Connections: 1, Restarts: 1}) {
			t.Errorf("at last: %+v", r)
		}
		want := 250 * time.Millisecond
		for i, at := range append([]time.Time{ended}, dials[1:]...) {
			if i > 0 {
				if got := at.Sub(ended); got != want {
					t.Errorf("attempt %d after %v, want %v", i, got, want)
				}
				want = min(2*want, 30*time.Second)
				ended = at
			}
		}
		if got := decisions(b); got != "allow lost allow lost" {
			t.Errorf("the audit has %s", got)
		}
		if !strings.Contains(log.String(), "the MCP server cannot be started") || !strings.Contains(log.String(), "the MCP server ended and is started again") {
			t.Errorf("%s", log)
		}
		server.Close() // the pause is short again after a long time
		ended = time.Now()
		server = <-b.Servers
		if got := time.Since(ended); got > 30*time.Second {
			t.Errorf("started again after %v", got)
		}
		_ = server
	})
}

// A server that refuses the handshake when it is started again is started once more. One that says
// nothing ends the connection.
func TestGreetingFailsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, health, _, _ := newHealthy(t, func(b *gatewaytest.Bench) jsonrpc.Dial { return b.Dial })
		server := <-b.Servers
		greet(b, server, `{}`)
		server.Close()
		server = <-b.Servers
		greeting := b.Expect(server, `"method":"initialize"`)
		b.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-1,"message":"not now"}}`, gatewaytest.IDOf(t, greeting)))
		<-server.Closed
		if r := health.Report(); r.State != Restarting || r.Failure != "initialize: the server answers with an error" {
			t.Errorf("%+v", r)
		}
		server = <-b.Servers
		greeting = b.Expect(server, `"method":"initialize"`)
		b.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{}}`, gatewaytest.IDOf(t, greeting)))
		b.Expect(server, "notifications/initialized")
		b.Quiet(b.Client, server)
		if r := health.Report(); r != (HealthReport{State: Running, Connections: 1, Restarts: 1}) {
			t.Errorf("%+v", r)
		}
		server.Close()
		server = <-b.Servers
		b.Expect(server, `"method":"initialize"`)
		began := time.Now()
		<-server.Closed // it says nothing
		if waited := time.Since(began); waited != 10*time.Second {
			t.Errorf("its answer was awaited for %v", waited)
		}
		if err := <-b.Ended; err == nil || !strings.HasPrefix(err.Error(), "the MCP server ended before it sent a message: ") {
			t.Errorf("it is given up with %v", err)
		}
		if r := health.Report(); r.State != Down || !strings.HasPrefix(r.Failure, "the MCP server ended before it sent a message: ") {
			t.Errorf("%+v", r)
		}
		b.Ended <- nil
	})
}

// When a client ends its side, the calls under way are answered first, for half a minute at most.
func TestDrains(t *testing.T) {
	for name, answers := range map[string]bool{"answered": true, "never answered": false} {
		synctest.Test(t, func(t *testing.T) {
			b, _, _, _ := newHealthy(t, func(b *gatewaytest.Bench) jsonrpc.Dial { return b.Dial })
			server := <-b.Servers
			b.Send(b.Client, readCall)
			b.Receive(server)
			b.Client.Close()
			began := time.Now()
			time.Sleep(20 * time.Second)
			want, outcome := 30*time.Second, "allow lost"
			if answers {
				b.Send(server, `{"jsonrpc":"2.0","id":1,"result":{}}`)
				want, outcome = 20*time.Second, "allow result"
			}
			if err := <-b.Ended; err != nil || time.Since(began) != want {
				t.Errorf("%s: ended after %v with %v", name, time.Since(began), err)
			}
			if got := decisions(b); got != outcome {
				t.Errorf("%s: the audit has %s", name, got)
			}
			b.Ended <- nil
		})
	}
	synctest.Test(t, func(t *testing.T) {
		b, health, _, _ := newHealthy(t, func(b *gatewaytest.Bench) jsonrpc.Dial { return b.Dial })
		server := <-b.Servers
		b.Quiet(b.Client, server)
		began := time.Now()
		b.Client.Close()
		if err := <-b.Ended; err != nil || time.Since(began) != 0 {
			t.Errorf("without calls: after %v, %v", time.Since(began), err)
		}
		if r := health.Report(); r != (HealthReport{State: Idle}) {
			t.Errorf("%+v", r)
		}
		b.Ended <- nil
	})
}

// A message that is not valid is answered with why, and forwarded to nobody.
func TestInvalidMessages(t *testing.T) {
	b, health, log, _ := newHealthy(t, func(b *gatewaytest.Bench) jsonrpc.Dial { return b.Dial })
	server := <-b.Servers
	b.Send(b.Client, `{`)
	b.Expect(b.Client, `"id":null`, `"code":-32700`)
	b.Send(b.Client, `{"jsonrpc":"2.0","id":5,"method":"a","method":"b"}`)
	b.Expect(b.Client, `"error"`)
	b.Send(b.Client, readCall)
	b.Receive(server)
	b.Send(b.Client, readCall)
	b.Expect(b.Client, `"id":1`, "another request with this id is not answered yet")
	b.Send(server, `{"jsonrpc":"2.0","id":99,"result":{}}`) // answers nothing
	b.Send(server, `{"jsonrpc":"2.0","id":1,"result":{},"error":{}}`)
	b.Expect(b.Client, `"id":1`, `"code":-32603`, "the answer of the MCP server is not valid: ")
	b.Send(server, `no JSON`) // it says nothing of any call
	b.Quiet(b.Client, server)
	b.Send(server, `{"jsonrpc":"1.0"}`) // a call might wait for it for ever
	<-server.Closed
	server = <-b.Servers
	for health.Report().Restarts == 0 { // until then, the client is told that there is none
		runtime.Gosched()
	}
	b.Quiet(b.Client, server)
	var got []string
	for _, r := range b.Records() {
		got = append(got, r.Direction+" "+r.Decision+r.Outcome+" "+r.Rule)
	}
	want := "upstream deny (malformed), upstream deny (malformed), upstream allow /tools/read, upstream allow /tools/read,  error , client deny (malformed),  withheld , client deny (malformed), client deny (malformed)"
	if strings.Join(got, ", ") != want {
		t.Errorf("the audit has\n%s\nwant\n%s", strings.Join(got, ", "), want)
	}
	if strings.Count(log.String(), "a message of the server is not valid and was dropped") != 3 {
		t.Errorf("%s", log)
	}
	if !strings.Contains(log.String(), "is started again") || !strings.Contains(log.String(), "a message of the server is refused, and it answers no call that could be told") {
		t.Errorf("the log does not say why the server was started again:\n%s", log)
	}
}

// A request of the server that is not valid is answered with its id, a notification is dropped, and
// the connection goes on. Neither touches a call of the client with the same id.
func TestInvalidRequestsOfServer(t *testing.T) {
	b, health, _, _ := newHealthy(t, func(b *gatewaytest.Bench) jsonrpc.Dial { return b.Dial })
	server := <-b.Servers
	b.Send(b.Client, readCall)
	b.Receive(server)
	b.Send(server, `{"jsonrpc":"2.0","id":1,"method":"roots/list","method":"ping"}`)
	b.Expect(server, `"id":1`, `"code":-32600`, "same name")
	b.Send(server, `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","Level":"debug"}}`)
	b.Quiet(server, b.Client)
	b.Send(server, `{"jsonrpc":"2.0","id":1,"result":{"content":[]}}`)
	b.Expect(b.Client, `"id":1`, `"content":[]`)
	if n := health.Report().Restarts; n != 0 {
		t.Errorf("the server was started again %d times", n)
	}
}

// An answer that is not valid and answers no call ends the connection: a call might wait for it.
func TestInvalidAnswerToNoCall(t *testing.T) {
	b, _, log, _ := newHealthy(t, func(b *gatewaytest.Bench) jsonrpc.Dial { return b.Dial })
	server := <-b.Servers
	b.Send(b.Client, readCall)
	b.Receive(server)
	b.Quiet(server, b.Client) // a server that never sent a message is not started again
	b.Send(server, `{"jsonrpc":"2.0","id":99,"result":{"a":1,"a":2}}`)
	<-server.Closed
	b.Expect(b.Client, `"id":1`, `"code":-32603`, "ended before it answered")
	<-b.Servers
	if !strings.Contains(log.String(), "it answers no call that could be told: two members of an object have the same name") {
		t.Errorf("%s", log)
	}
}

// A call that its client cancels is forgotten: its late answer goes nowhere. One that fails is
// answered as the server says.
func TestCancelledAndFailedCalls(t *testing.T) {
	b, _, _, _ := newHealthy(t, func(b *gatewaytest.Bench) jsonrpc.Dial { return b.Dial })
	server := <-b.Servers
	b.Send(b.Client, readCall)
	b.Receive(server)
	b.Send(b.Client, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)
	b.Expect(server, `"method":"notifications/cancelled"`, `"requestId":1`)
	b.Send(server, `{"jsonrpc":"2.0","id":1,"result":{"late":true}}`)
	b.Quiet(server, b.Client)
	b.Send(b.Client, readCall) // the id is free again
	b.Receive(server)
	b.Send(server, `{"jsonrpc":"2.0","id":1,"error":{"code":-5,"message":"no"}}`)
	b.Expect(b.Client, `{"jsonrpc":"2.0","id":1,"error":{"code":-5,"message":"no"}}`)
	b.Send(b.Client, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"other"}}`)
	b.Expect(server, `"requestId":"other"`)
	b.Send(b.Client, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{}}`)
	b.Expect(server, `"params":{}`)
	b.Quiet(b.Client, server)
	if got := decisions(b); got != "allow cancelled allow error" {
		t.Errorf("the audit has %s", got)
	}
	for _, r := range b.Records() {
		if r.Outcome == enforce.Failed && r.Size == 0 || r.Outcome == enforce.Cancelled && r.Size != 0 {
			t.Errorf("%+v", r)
		}
	}
	// The greeting cannot be cancelled (MCP, cancellation).
	b.Send(b.Client, `{"jsonrpc":"2.0","id":7,"method":"initialize","params":{}}`)
	b.Receive(server)
	b.Send(b.Client, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}`)
	b.Receive(server)
	b.Send(server, `{"jsonrpc":"2.0","id":7,"result":{}}`)
	b.Expect(b.Client, `"id":7`, `"result"`)
}

// A server may ask no second request with an id that is not answered yet.
func TestRequestsOfServerAreApart(t *testing.T) {
	b := newBench(t, "version: 1\nupstream: {roots: allow}\n", nil)
	server := <-b.Servers
	roots := `{"jsonrpc":"2.0","id":"r","method":"roots/list"}`
	b.Send(server, roots)
	b.Expect(b.Client, `"method":"roots/list"`)
	b.Send(server, roots)
	b.Expect(server, `"id":"r"`, `"code":-32600`, "another request with this id, or too many, are not answered yet")
	b.Send(b.Client, `{"jsonrpc":"2.0","id":"r","error":{"code":-1,"message":"none"}}`)
	b.Expect(server, `"id":"r"`, `"message":"none"`)
	b.Send(server, roots)
	b.Expect(b.Client, `"method":"roots/list"`)
	var got []string
	for _, r := range b.Records() {
		got = append(got, r.Decision+r.Outcome)
	}
	if strings.Join(got, " ") != "allow allow error allow" {
		t.Errorf("the audit has %s", got)
	}
}

// Health is told of failures, but not of an end that was asked for. Without a book it learns
// nothing.
func TestHealth(t *testing.T) {
	var h *Health
	r := &Relay{}
	h.begin(r)
	h.end(r)
	h.Waits(1)
	h.failed(t.Context(), errors.New("x"))
	h.Restarted()

	h = new(Health)
	if got := h.Report(); got.State != Idle {
		t.Errorf("at first: %+v", got)
	}
	h.Waits(2)
	if got := h.Report(); got != (HealthReport{State: Restarting, Restarting: 2}) {
		t.Errorf("while it waits: %+v", got)
	}
	h.Waits(-2)
	var sessions sync.WaitGroup
	for range 8 {
		sessions.Go(func() {
			for range 5000 {
				h.Waits(1)
			}
			h.Waits(-5000)
		})
	}
	if sessions.Wait(); h.Report().Restarting != 0 {
		t.Errorf("sessions beside each other: %+v", h.Report())
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	why := errors.New("its own end")
	caused, end := context.WithCancelCause(t.Context())
	end(why)
	for _, tt := range []struct {
		name string
		ctx  context.Context
		err  error
		want string
	}{
		{"session", t.Context(), fmt.Errorf("x: %w", jsonrpc.ErrSession), ""}, {"ended", ended, errors.New("x"), ""},
		{"failed", t.Context(), errors.New("x"), "x"}, {"the cause", caused, why, why.Error()},
	} {
		h.Restarted()
		if h.failed(tt.ctx, tt.err); h.Report().Failure != tt.want {
			t.Errorf("%s: %+v", tt.name, h.Report())
		}
	}
	if got := h.Report(); got.State != Down || got.Restarts != 4 {
		t.Errorf("after a failure: %+v", got)
	}
	h.begin(r)
	if got := h.Report(); got.State != Restarting || got.Failure != "" || got.Restarting != 1 {
		t.Errorf("connected, and the connection lost: %+v", got)
	}
	h.end(r)
	if got := h.Report(); got.State != Idle || got.Restarting != 0 {
		t.Errorf("at the end: %+v", got)
	}
}
