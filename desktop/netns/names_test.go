package netns

import (
	"context"
	"errors"
	"net/netip"
	"testing"
)

// TestFind checks the host of a connection, given the names that the command resolved and the one
// that it claims.
func TestFind(t *testing.T) {
	addr := netip.MustParseAddr
	for _, tt := range []struct {
		name, to, claimed string
		secure            bool
		host              string
		ok                bool
	}{
		{"the name that was resolved", "192.0.2.1", "a.example", false, "a.example", true},
		{"no claim, one name", "192.0.2.1", "", true, "a.example", true},
		{"no claim, two names", "192.0.2.2", "", true, "192.0.2.2", true},
		{"one of two names", "192.0.2.2", "B.Example.", true, "b.example", true},
		{"the name of another address", "192.0.2.9", "a.example", true, "", false},
		{"the address itself", "192.0.2.9", "192.0.2.9", false, "192.0.2.9", true},
		{"another address", "192.0.2.9", "192.0.2.1", false, "192.0.2.9", false},
		{"a name that resolves outside", "192.0.2.9", "hosts.example", false, "hosts.example", true},
		{"localhost", "127.0.0.1", "api.localhost", false, "api.localhost", true},
		{"localhost elsewhere", "192.0.2.9", "localhost", false, "localhost", false},
		{"a name that nothing resolves, with a certificate", "192.0.2.9", "only.invalid", true, "only.invalid", true},
		{"the same at another address", "192.0.2.8", "only.invalid", true, "", false},
		{"one without a certificate", "192.0.2.9", "claimed.invalid", false, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := names{resolve: func(_ context.Context, _, host string) ([]netip.Addr, error) {
				if host == "hosts.example" { // as in /etc/hosts
					return []netip.Addr{addr("192.0.2.9")}, nil
				}
				return nil, errors.New("no such host")
			}}
			n.add("a.example", addr("192.0.2.1"))
			n.add("b.example", addr("192.0.2.2"))
			n.add("c.example", addr("192.0.2.2"))
			if tt.name == "the same at another address" {
				n.find(addr("192.0.2.9"), "only.invalid", true)
			}
			if host, ok := n.find(addr(tt.to), tt.claimed, tt.secure); ok != tt.ok || ok && host != tt.host {
				t.Errorf("got %q, %v", host, ok)
			}
		})
	}
}
