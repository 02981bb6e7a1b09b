package main

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/spectap/spectap/internal/address"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/spectools"
)

// announce prints what is served, and what will be refused.
func (s *serving) announce(m mount, set *spectools.Set) {
	s.printServed(m, set)
	s.warnPrivate(m, set)
}

// warnPrivate prints that calls will be refused because the server of a document has a private
// address. Names other than localhost are not looked up: the client checks them for each call.
func (s *serving) warnPrivate(m mount, set *spectools.Set) {
	if s.f.baseURL != "" || m.baseURL != "" || s.f.out.allowPrivate || s.f.out.proxy != "" {
		return
	}
	u, err := url.Parse(set.CredentialOrigin())
	if err != nil || !isPrivateHost(u.Hostname()) {
		return
	}
	fmt.Fprintf(s.p.stderr, "spectap: calls to %s will be refused: its address is not public\n",
		visible.Line(u.String()))
	fmt.Fprintln(s.p.stderr, "try: --base-url URL, which allows this server, or --allow-private")
}

// isPrivateHost reports whether a host is an address that is not public, or localhost.
func isPrivateHost(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return address.Check(a) != nil
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
