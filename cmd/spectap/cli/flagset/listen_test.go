package flagset

import (
	"net/netip"
	"testing"
)

func TestListen(t *testing.T) {
	tests := []struct {
		name, addr        string
		remote            bool
		refused, loopback bool
	}{
		{"port alone", ":0", false, false, true},
		{"port alone, remote", ":0", true, false, false},
		{"loopback", "127.0.0.1:0", false, false, true},
		{"another loopback address", "127.8.9.10:0", false, false, true},
		{"loopback, remote", "127.0.0.1:0", true, false, true},
		{"name of loopback", "localhost:0", false, false, true},
		{"all interfaces", "0.0.0.0:0", false, true, false},
		{"all interfaces, remote", "0.0.0.0:0", true, false, false},
		{"all interfaces of IPv6", "[::]:0", false, true, false},
		{"mapped", "[::ffff:0.0.0.0]:0", false, true, false},
		{"another name", "example.com:0", false, true, false},
		{"no port", "127.0.0.1", true, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, err := ListenRule{Flag: "--http", Remote: tt.remote, RemoteFlag: "--allow-remote"}.Listen(tt.addr)
			if (err != nil) != tt.refused {
				t.Fatalf("listen: %v, want refused %v", err, tt.refused)
			}
			if err != nil {
				return
			}
			defer l.Close()
			if got := netip.MustParseAddrPort(l.Addr().String()).Addr().IsLoopback(); got != tt.loopback {
				t.Errorf("listens on %s, want loopback %v", l.Addr(), tt.loopback)
			}
		})
	}
}
