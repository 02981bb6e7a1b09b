package gateway

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/mcp/jsonrpc"
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

// A server that ended is started again with growing pauses. In the meantime calls are answered with
// an error, and health reports the state.
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

// An invalid message is answered with the reason, and not forwarded.
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
	for health.Report().Restarts == 0 { // until then, the client gets an error
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

// The late answer to a cancelled call is dropped. A failed call is answered with the server's
// error.
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

// A server must not send a second request with the id of a pending one.
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
