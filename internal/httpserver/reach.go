package httpserver

// This file decides which requests a server on this machine answers by their Host, Origin and
// Sec-Fetch-Site.
//
// Any web page can make a browser send requests to a server on loopback, and a foreign DNS name may
// resolve to it. A server is safe from both if it answers only to a Host that nobody else can have,
// and only to pages of its own origin.

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// ReachConfig says where a server is reached.
type ReachConfig struct {
	// Addr is the listen address, as returned by net.Listener.Addr. Required.
	Addr net.Addr
	// TLS is the configuration of the server, or nil for plain HTTP. The names of its certificates
	// are accepted.
	TLS *tls.Config
	// Hosts lists further accepted Host names, such as that of a reverse proxy.
	Hosts []string
	// Origins lists further origins whose pages may call, such as "https://inspector.example.com".
	Origins []string
}

// Reach is immutable and safe for concurrent use.
type Reach struct {
	listen  netip.Addr
	secure  bool
	hosts   []string
	origins []string
}

// NewReach returns an error if the address is missing or is not one of TCP.
func NewReach(c ReachConfig) (*Reach, error) {
	if c.Addr == nil {
		return nil, errors.New("the listen address is missing")
	}
	p, err := netip.ParseAddrPort(c.Addr.String())
	if err != nil {
		return nil, fmt.Errorf("address %s: %w", c.Addr, err)
	}
	for _, o := range c.Origins {
		u, err := url.Parse(strings.TrimRight(o, "/"))
		if err != nil || u.Scheme == "" || u.Host == "" || u.Path+u.RawQuery+u.Fragment != "" || u.User != nil {
			return nil, fmt.Errorf("origin %q: want a scheme and a host, such as http://localhost:6274", o)
		}
	}
	return &Reach{
		listen: p.Addr().Unmap(), secure: c.TLS != nil,
		hosts: append(slices.Clone(c.Hosts), certificateNames(c.TLS)...), origins: c.Origins,
	}, nil
}

// IsLoopback reports whether only this machine reaches the listen address.
func (r *Reach) IsLoopback() bool { return r.listen.IsLoopback() }

// certificateNames returns the host names that certificates are for, without wildcards. Only their
// owner can have such a certificate, so that foreign DNS names are not among them.
func certificateNames(c *tls.Config) []string {
	if c == nil {
		return nil
	}
	var names []string
	for _, pair := range c.Certificates {
		leaf, err := x509.ParseCertificate(pair.Certificate[0])
		if err != nil {
			continue
		}
		for _, name := range leaf.DNSNames {
			if !strings.HasPrefix(name, "*") {
				names = append(names, name)
			}
		}
	}
	return names
}

// HostAllowed reports whether the server answers to a Host header. It answers to its listen
// address, to loopback names if it listens on loopback, to any IP address if it listens on all
// addresses, and to the configured names.
func (r *Reach) HostAllowed(hostport string) bool {
	host := hostport
	if h, port, err := net.SplitHostPort(hostport); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return false // 127.0.0.1:80.evil.example
		}
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if slices.ContainsFunc(r.hosts, func(h string) bool {
		return strings.EqualFold(h, host) || strings.EqualFold(h, hostport)
	}) {
		return true
	}
	if host == "localhost" {
		return r.listen.IsLoopback() || r.listen.IsUnspecified()
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return false // a name: foreign DNS may resolve it to this address
	}
	a = a.Unmap()
	return a == r.listen || r.listen.IsUnspecified() || r.listen.IsLoopback() && a.IsLoopback()
}

// OriginAllowed reports whether a request comes from an accepted page or from no page at all.
// Browsers send no Origin with some requests, such as those for images and scripts, but say in
// Sec-Fetch-Site that a page of another origin made them.
func (r *Reach) OriginAllowed(req *http.Request) bool {
	origins := req.Header.Values("Origin")
	if len(origins) > 1 {
		return false
	}
	if r.ListedOrigin(req) != "" {
		return true
	}
	for _, site := range req.Header.Values("Sec-Fetch-Site") {
		if site != "" && site != "same-origin" && site != "none" {
			return false
		}
	}
	if len(origins) == 0 {
		return true
	}
	u, err := url.Parse(origins[0])
	scheme := "http"
	if r.secure {
		scheme = "https"
	}
	return err == nil && u.Scheme == scheme && strings.EqualFold(u.Host, req.Host)
}

// ListedOrigin returns the origin of the page that made a request, as the browser sent it, if it is
// one of [ReachConfig.Origins], else "".
func (r *Reach) ListedOrigin(req *http.Request) string {
	origin := req.Header.Get("Origin")
	if slices.ContainsFunc(r.origins, func(o string) bool { return strings.EqualFold(strings.TrimRight(o, "/"), origin) }) {
		return origin
	}
	return ""
}

// IsFromPage reports whether a browser says that a page made a request, also one of an accepted
// origin.
func IsFromPage(req *http.Request) bool {
	site := req.Header.Get("Sec-Fetch-Site")
	return len(req.Header.Values("Origin")) > 0 || site != "" && site != "none"
}
