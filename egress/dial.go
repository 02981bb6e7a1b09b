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

// dialer dials addresses that it checked itself.
type dialer struct {
	resolver Resolver
	any      map[string]bool // host:port that may have any address
	private  bool
	dial     func(ctx context.Context, network, address string) (net.Conn, error)
}

// DialContext is for http.Transport. All addresses of a host must be allowed, not only the one that is dialled:
// a name with one public and one private address is a trick.
func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	addrs, err := d.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	if !d.freely(address) {
		for _, a := range addrs {
			if !Public(a) {
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

// freely says whether an address may be dialled whatever it is.
func (d *dialer) freely(address string) bool { return d.private || d.any[strings.ToLower(address)] }

func (d *dialer) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	// Names below localhost are this machine, whatever a resolver says, and many do not know them (RFC 6761 section 6.3).
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

// special says of a host that is not looked up here whether it is written as an address that is not public, or as
// something that a proxy may take for one: loopback's name, or a last label that is a number (127.1, 0x7f000001).
func special(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if a, err := netip.ParseAddr(host); err == nil {
		return !Public(a)
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last == "localhost" || last != "" && last[0] >= '0' && last[0] <= '9'
}

// global is the part of IPv6 that is given to the public (RFC 4291 section 2.4, IANA's address space registry): what is outside,
// such as addresses that wrap an IPv4 address, leads elsewhere if anywhere.
var global = netip.MustParsePrefix("2000::/3")

// reserved are the ranges of the IANA special-purpose registries (RFC 6890 and its updates) that netip has no
// method for, and those that carry an IPv4 address inside.
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

// Public says whether an address is an ordinary one of the Internet: not loopback, private, link-local,
// shared, multicast, reserved, or one that wraps another.
func Public(a netip.Addr) bool {
	if a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	if a.Is6() && !global.Contains(a) {
		return false
	}
	for _, p := range reserved {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
