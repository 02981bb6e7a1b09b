package gateway

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/gateway/internal/gatewaytest"
	"github.com/spectap/spectap/gateway/jsonrpc"
	"github.com/spectap/spectap/gateway/subject"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/enforce"
)

// TestDrainEndsWithServer checks that a client that has ended its side does not wait for calls of a
// server that ended, and cannot be started again.
func TestDrainEndsWithServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dials := 0
		b, _, _, _ := newHealthy(t, func(b *gatewaytest.Bench) jsonrpc.Dial {
			return func(ctx context.Context) (jsonrpc.Conn, error) {
				if dials++; dials > 1 {
					return nil, errors.New("no such command")
				}
				return b.Dial(ctx)
			}
		})
		server := <-b.Servers
		greet(b, server, `{}`)
		b.Send(b.Client, readCall)
		b.Receive(server)
		b.Client.Close()
		synctest.Wait() // until the call is waited for
		began := time.Now()
		server.Close()
		if err := <-b.Ended; err != nil || time.Since(began) != 0 {
			t.Errorf("ended after %v with %v", time.Since(began), err)
		}
		b.Ended <- nil
	})
}

// TestDrainEndsHolds checks that no call waits for a person once the client has ended its side: it
// stays to be decided, and nothing is sent.
func TestDrainEndsHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, book := newHeld(t, "1", time.Minute)
		server := <-b.Servers
		greet(b, server, `{}`)
		b.Send(b.Client, payment)
		synctest.Wait()
		began := time.Now()
		b.Client.Close()
		if err := <-b.Ended; err != nil || time.Since(began) != 0 {
			t.Errorf("ended after %v with %v", time.Since(began), err)
		}
		b.Ended <- nil
		if all, err := book.List(time.Now()); err != nil || len(all) != 1 || all[0].State != approval.Waiting {
			t.Errorf("%+v, %v", all, err)
		}
		if got := decisions(b); got != "hold" {
			t.Errorf("the audit has %s", got)
		}
	})
}

// TestDrainOfNoServer checks that people learn why a server did not answer at all, also if the
// client has ended its side: the end of the client is not the cause.
func TestDrainOfNoServer(t *testing.T) {
	for range 50 { // two goroutines of the relay race for the cause
		synctest.Test(t, func(t *testing.T) {
			b, _, _, _ := newHealthy(t, func(b *gatewaytest.Bench) jsonrpc.Dial { return b.Dial })
			server := <-b.Servers
			b.Send(b.Client, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`)
			b.Receive(server)
			b.Client.Close()
			synctest.Wait()
			server.Close()
			err := <-b.Ended
			if err == nil || !strings.Contains(err.Error(), "ended before it sent a message") {
				t.Errorf("ended with %v", err)
			}
			b.Ended <- nil
		})
	}
}

// TestServerCancels checks that a request that the server has cancelled is no longer awaited: the
// client does not answer it.
func TestServerCancels(t *testing.T) {
	b := newBench(t, "version: 1\nupstream: {roots: allow}\n", nil)
	server := <-b.Servers
	for range 2 {
		b.Send(server, `{"jsonrpc":"2.0","id":"r","method":"roots/list"}`)
		b.Expect(b.Client, `"method":"roots/list"`)
		b.Send(server, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"r"}}`)
		b.Expect(b.Client, "notifications/cancelled", `"requestId":"r"`)
	}
	b.Quiet(b.Client, server)
	var outcomes int
	for _, r := range b.Records() {
		if r.Outcome == "cancelled" && r.Size == 0 {
			outcomes++
		}
	}
	if outcomes != 2 {
		t.Errorf("%d requests are cancelled in the audit: %+v", outcomes, b.Records())
	}
}

// TestCancelledBeforeSent checks that a call that the client cancels while the relay still asks the
// server for its tools does not leave.
func TestCancelledBeforeSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "version: 1\ntools: {\"*\": {require: [{path: annotations.readOnlyHint, op: eq, value: true}]}}", nil)
		server := <-b.Servers
		b.Send(b.Client, readCall)
		list := b.Expect(server, `"method":"tools/list"`)
		b.Send(b.Client, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)
		synctest.Wait()
		b.Send(server, `{"jsonrpc":"2.0","id":`+gatewaytest.IDOf(t, list)+`,"result":{"tools":[{"name":"read","annotations":{"readOnlyHint":true}}]}}`)
		synctest.Wait()
		b.Quiet(b.Client, server)
		if got := decisions(b); got != "allow cancelled" {
			t.Errorf("the audit has %s", got)
		}
		b.Send(b.Client, readCall) // the id is free again
		b.Expect(server, `"name":"read"`)
	})
}

// TestCallsEndOnce checks that a call which cannot be sent while its server ends is answered once,
// and that its bytes are counted once.
func TestCallsEndOnce(t *testing.T) {
	b := gatewaytest.New(t, gatewaytest.ReadOnly, nil)
	for range 20 {
		const calls = 90
		client, down := gatewaytest.NewWires()
		r := NewRelay(Server{Guard: b.Guard}, nil, "session", down.Conn(), slog.New(slog.DiscardHandler))
		for id := range calls {
			m := jsonrpc.Request(strconv.Itoa(id), "ping", []byte(`{}`))
			v := r.judge(enforce.ToServer, m, subject.FromClient(m), nil)
			if _, why := r.register(&call{request: m, verdict: v}); why != "" {
				t.Fatal(why)
			}
		}
		var ends sync.WaitGroup
		ends.Go(func() { r.failPending(true) })
		ends.Go(func() {
			for id := range calls {
				r.lose(strconv.Itoa(id), ErrNotRunning)
			}
		})
		ends.Wait()
		if n := len(client.In); n != calls || r.pendingSize != 0 {
			t.Fatalf("%d calls were answered %d times, and %d bytes are pending", calls, n, r.pendingSize)
		}
	}
}
