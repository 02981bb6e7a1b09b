package egress

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/spectap/spectap/internal/address"
)

// Resolver looks up the addresses of a host. *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// dialer dials only addresses that it has checked.
type dialer struct {
	resolver     Resolver
	unchecked    map[string]bool // host:port that may have any address
	allowPrivate bool            // all may
	dial         func(ctx context.Context, network, address string) (net.Conn, error)
}

// DialContext is the DialContext of http.Transport. All addresses of a host must be allowed, not
// only the one that is dialled: a name with a public and a private address is an attack.
func (d *dialer) DialContext(ctx context.Context, network, hostPort string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	addrs, err := d.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	if !d.allowsAny(hostPort) {
		for _, a := range addrs {
			if err := address.Check(a); err != nil {
				return nil, fmt.Errorf("%w: %s leads to %s, which %w", ErrAddress, host, a, err)
			}
		}
	}
	for _, a := range addrs {
		var c net.Conn
		if c, err = d.dial(ctx, "tcp", net.JoinHostPort(a.String(), port)); err == nil {
			return c, nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, err
}

// allowsAny reports whether a host:port may have any address.
func (d *dialer) allowsAny(hostPort string) bool {
	return d.allowPrivate || d.unchecked[strings.ToLower(hostPort)]
}

func (d *dialer) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	// Names below localhost are this machine, regardless of a resolver (RFC 6761, section 6.3).
	// Many resolvers do not know them.
	if name := strings.TrimSuffix(strings.ToLower(host), "."); name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, nil
	}
	addrs, err := d.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, fmt.Errorf("look up %s: %w", host, err)
	}
	if len(addrs) == 0 {
		return nil, fmt.Errorf("look up %s: no address", host)
	}
	return addrs, nil
}
