package egress

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// resolverFunc is a resolver that calls itself.
type resolverFunc func() ([]netip.Addr, error)

func (f resolverFunc) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) { return f() }

func TestDialer(t *testing.T) {
	addr := netip.MustParseAddr
	refused, unknown := errors.New("refused"), errors.New("no such host")
	for _, x := range []struct {
		name     string
		address  string
		addrs    []netip.Addr
		lookup   error
		open     string // the address that accepts
		canceled bool
		dialed   []string
		want     string // part of the error, or "" for none
	}{
		{"first", "a.example:80", []netip.Addr{addr("8.8.8.8"), addr("8.8.4.4")}, nil, "8.8.8.8:80", false, []string{"8.8.8.8:80"}, ""},
		{"second", "a.example:80", []netip.Addr{addr("8.8.8.8"), addr("8.8.4.4")}, nil, "8.8.4.4:80", false, []string{"8.8.8.8:80", "8.8.4.4:80"}, ""},
		{"none", "a.example:80", []netip.Addr{addr("8.8.8.8"), addr("2001:4860::1")}, nil, "", false, []string{"8.8.8.8:80", "[2001:4860::1]:80"}, "refused"},
		{"canceled", "a.example:80", []netip.Addr{addr("8.8.8.8"), addr("8.8.4.4")}, nil, "8.8.4.4:80", true, []string{"8.8.8.8:80"}, "refused"},
		{"an address", "8.8.8.8:80", nil, unknown, "8.8.8.8:80", false, []string{"8.8.8.8:80"}, ""},
		{"unknown host", "a.example:80", nil, unknown, "", false, nil, "look up a.example: no such host"},
		{"host without an address", "a.example:80", nil, nil, "", false, nil, "look up a.example: no address"},
		{"private", "a.example:80", []netip.Addr{addr("8.8.8.8"), addr("10.0.0.1")}, nil, "10.0.0.1:80", false, nil, "a.example leads to 10.0.0.1"},
		{"private and named", "B.example:80", []netip.Addr{addr("10.0.0.1")}, nil, "10.0.0.1:80", false, []string{"10.0.0.1:80"}, ""},
		{"no port", "a.example", nil, nil, "", false, nil, "missing port"},
	} {
		t.Run(x.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var dialed []string
			d := dialer{
				resolver:  resolverFunc(func() ([]netip.Addr, error) { return x.addrs, x.lookup }),
				unchecked: map[string]bool{"b.example:80": true},
				dial: func(_ context.Context, _, address string) (net.Conn, error) {
					dialed = append(dialed, address)
					if x.canceled {
						cancel()
					}
					if address != x.open {
						return nil, refused
					}
					c, _ := net.Pipe()
					return c, nil
				},
			}
			c, err := d.DialContext(ctx, "tcp", x.address)
			if !slices.Equal(dialed, x.dialed) {
				t.Errorf("dialed %v, want %v", dialed, x.dialed)
			}
			if (c != nil) != (x.want == "") || (err != nil) != (x.want != "") || err != nil && !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %v, %v, want %q", c, err, x.want)
			}
		})
	}
}
