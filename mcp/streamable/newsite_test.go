package streamable_test

import (
	"log/slog"
	"testing"

	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/streamable"
)

// newSite serves a gateway in front of the servers of dial, those of the test if it is nil.
func newSite(t *testing.T, policyText string, dial jsonrpc.Dial, change func(*streamable.Config)) *gatewaytest.Site {
	t.Helper()
	return gatewaytest.NewSite(t, policyText, func(s *gatewaytest.Site, client jsonrpc.Conn, identity map[string]any, session string) streamable.Runner {
		server := gateway.Server{Guard: s.Guard, Dial: dial}
		if dial == nil {
			server.Dial = s.Dial
		}
		return gateway.NewRelay(server, identity, session, client, slog.New(slog.DiscardHandler))
	}, change)
}
