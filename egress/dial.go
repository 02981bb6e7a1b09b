package egress

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
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
func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	addrs, err := d.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	if !d.allowsAny(address) {
		for _, a := range addrs {
			if !IsPublic(a) {
				return nil, fmt.Errorf("%w: %s leads to %s, which is not public", ErrAddress, host, a)
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
	// Names below localhost are this machine whatever a resolver says (RFC 6761, section 6.3). Many
	// resolvers do not know them.
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

// isSpecial reports whether a host that a proxy will look up is written as an address that is not
// public, or as one that the proxy may read as such: localhost, or a last label that begins with a
// digit (127.1, 0x7f000001).
func isSpecial(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if a, err := netip.ParseAddr(host); err == nil {
		return !IsPublic(a)
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last == "localhost" || last != "" && last[0] >= '0' && last[0] <= '9'
}

// globalUnicast is the part of IPv6 that is assigned to the public (RFC 4291, section 2.4; IANA's
// address space registry). Addresses outside it, such as those that carry an IPv4 address, lead
// elsewhere if anywhere.
var globalUnicast = netip.MustParsePrefix("2000::/3")

// reserved are the ranges of the IANA special-purpose registries (RFC 6890 and its updates) for
// which netip has no method, and those that carry an IPv4 address.
var reserved = [...]netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("3fff::/20"),
}

// IsPublic reports whether an address is an ordinary one of the Internet: not loopback, private,
// link-local, shared, multicast or reserved, and none that carries another address.
func IsPublic(a netip.Addr) bool {
	if a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	if a.Is6() && !globalUnicast.Contains(a) {
		return false
	}
	for _, p := range reserved {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
