package gateway

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/guard/enforce"
)

// TestServerIsSlowedDown floods the audit with messages that the policy refuses, allows, or cannot
// read. Without an audit, and for answers, there is no limit.
func TestServerIsSlowedDown(t *testing.T) {
	const refused, allowed = `{"jsonrpc":"2.0","method":"notifications/other"}`, `{"jsonrpc":"2.0","method":"notifications/message","params":{}}`
	large := `{"jsonrpc":"2.0","method":"notifications/other","params":{"x":"` + strings.Repeat("x", 100*paceUnit) + `"}}`
	for _, tt := range []struct {
		name, message string
		n             int
		audits        bool
		values        bool
		want          time.Duration // until all are read
	}{
		{"those of the burst", refused, paceBurst, true, false, 0},
		{"one more", refused, paceBurst + 1, true, false, time.Second / paceRate},
		{"allowed", allowed, paceBurst + 200, true, false, 2 * time.Second},
		{"not JSON", `{`, paceBurst + 300, true, false, 3 * time.Second},
		{"large, with values", large, paceBurst/101 + 1, true, true, time.Second}, // of 101 units each
		{"large", large, paceBurst/101 + 1, true, false, 0},
		{"no audit", refused, paceBurst + 1000, false, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, "version: 1\nupstream: {logging: allow}\ntools: {read: {}}", func(c *enforce.Config) {
					c.Values = tt.values
					if !tt.audits {
						c.Audit = nil
					}
				})
				server := <-b.Servers
				began := time.Now()
				for range tt.n {
					b.Send(server, tt.message)
					if tt.message == allowed {
						b.Receive(b.Client)
					}
				}
				b.Send(b.Client, readCall)
				b.Receive(server)
				b.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"content":[]}}`, gatewaytest.IDOf(t, readCall)))
				b.Expect(b.Client, `"content":[]`)
				if took := time.Since(began); took.Round(time.Millisecond) != tt.want {
					t.Errorf("read after %v, want %v", took, tt.want)
				}
			})
		})
	}
}
