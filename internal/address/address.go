// Package address distinguishes addresses of the Internet from those that lead to this machine or
// its networks.
//
// Read address.go first; it is the only file.
package address

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Errors of [Check].
var (
	errNotPublic   = errors.New("is not public")
	errThisMachine = errors.New("is an address of this machine")
)

// IsLoopback reports whether a host is written as a loopback address, or is localhost.
func IsLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.Unmap().IsLoopback()
}

// Check returns an error unless an address is an ordinary one of the Internet, and not one of this
// machine. The error completes a sentence that begins with the address.
func Check(a netip.Addr) error {
	switch {
	case !isPublic(a):
		return errNotPublic
	case isOwn(a.Unmap()):
		return errThisMachine
	}
	return nil
}

// interfaceAddrs is net.InterfaceAddrs; tests replace it.
var interfaceAddrs = net.InterfaceAddrs

// isOwn reports whether an address belongs to an interface of this machine. Its services may trust
// connections that do not pass its firewall.
func isOwn(a netip.Addr) bool {
	list, err := interfaceAddrs()
	if err != nil { // a system that does not list them
		return false
	}
	for _, own := range list {
		n, ok := own.(*net.IPNet)
		if !ok {
			continue
		}
		if b, ok := netip.AddrFromSlice(n.IP); ok && b.Unmap() == a {
			return true
		}
	}
	return false
}

// isPublic reports whether an address is an ordinary one of the Internet: not loopback, private,
// link-local, shared, multicast or reserved, and not an embedding of another address.
func isPublic(a netip.Addr) bool {
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

// IsSpecialHost reports whether a host that a proxy will look up is written as an address that
// [Check] refuses, or as one that the proxy may read as such: localhost, or a last label that
// begins with a digit (127.1, 0x7f000001). A name that is not ASCII is decided in the form that
// net/http sends, where ① is 1; one that has no such form is special.
func IsSpecialHost(host string) bool {
	if strings.ContainsFunc(host, func(r rune) bool { return r >= utf8.RuneSelf }) {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return true
		}
		host = ascii
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if a, err := netip.ParseAddr(host); err == nil {
		return Check(a) != nil
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
