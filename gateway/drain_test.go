package gateway

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

// TestDrainEndsWithServer checks that a client that has ended its side does not wait for calls of a
// server that ended, and cannot be restarted.
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
