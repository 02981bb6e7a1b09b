package capture

// This file says which hosts and paths a proxy records.

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// ScopeRule selects hosts, and paths of them.
type ScopeRule struct {
	// Host is a host name or address in lower case, without brackets; "" matches any. With Below it
	// is a domain that matches itself and all names below it.
	Host  string
	Below bool
	Port  string // "" matches any
	Path  string // a prefix that ends at a "/"; "" matches any
}

// ParseScopeRule parses a rule: "api.example.com", ".example.com" (that domain and all below it),
// ":8443" (that port of any host) or "[::1]:80", each optionally followed by a port and a path,
// such as "example.com:8443/v1".
func ParseScopeRule(s string) (ScopeRule, error) {
	var r ScopeRule
	host, path, hasPath := strings.Cut(s, "/")
	if strings.Contains(host, "@") || strings.HasSuffix(host, ":") {
		return r, fmt.Errorf("scope rule %q: must be HOST, .DOMAIN or :PORT, with or without /PATH", s)
	}
	if hasPath {
		r.Path = "/" + strings.TrimRight(path, "/")
		if r.Path == "/" {
			r.Path = ""
		}
		if strings.Contains(r.Path, "*") {
			return r, fmt.Errorf("scope rule %q: a path has no *: it selects everything below it", s)
		}
	}
	if h, port, err := net.SplitHostPort(host); err == nil {
		host, r.Port = h, port
		if strings.Trim(port, "0123456789") != "" {
			return r, fmt.Errorf("scope rule %q: the port must be a number", s)
		}
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if r.Below = strings.HasPrefix(host, "."); r.Below {
		host = host[1:]
	}
	if host == "" && (r.Below || r.Port == "" && r.Path == "") {
		return r, errors.New("a scope rule must not be empty")
	}
	if host != "" {
		var ok bool
		if host, ok = canonical(host); !ok {
			return r, fmt.Errorf("scope rule %q: not a host name", s)
		}
	}
	r.Host = host
	return r, nil
}

// canonical returns the form of a host name or address in which it is compared. It rejects a name
// that is empty, or has an empty label, after IDNA: such a name must not become the rule for any
// host.
func canonical(host string) (string, bool) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.String(), true
	}
	if strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
		var err error
		if host, err = idna.Lookup.ToASCII(host); err != nil {
			return "", false
		}
	}
	host = strings.TrimSuffix(host, ".")
	return host, !strings.Contains("."+host+".", "..")
}

// String returns the rule in the syntax of ParseScopeRule.
func (r ScopeRule) String() string {
	s := r.Host
	if r.Below {
		s = "." + s
	}
	if strings.Contains(s, ":") {
		s = "[" + s + "]"
	}
	if r.Port != "" {
		s += ":" + r.Port
	}
	return s + r.Path
}

// matchesHost reports whether the rule includes all or some URLs of a host.
func (r ScopeRule) matchesHost(name, port string) bool {
	if r.Port != "" && r.Port != port {
		return false
	}
	return r.Host == "" || r.Host == name || r.Below && strings.HasSuffix(name, "."+r.Host)
}

// isAbove reports whether path is the path of a rule or below it.
func isAbove(rule, path string) bool {
	rest, ok := strings.CutPrefix(path, rule)
	return ok && (rest == "" || rest[0] == '/' || rule == "")
}

// includesPath reports whether servers may take path for the path of the rule or one below it, and
// excludesPath whether they may, or whether it is written so.
func (r ScopeRule) includesPath(path string) bool { return isAbove(plain(r.Path), plain(path)) }

func (r ScopeRule) excludesPath(path string) bool {
	return isAbove(r.Path, path) || r.includesPath(path)
}

// plain returns the path that servers read in one that is written in another way: with characters
// escaped that need not be, with dots that lead up, or with several slashes.
func plain(p string) string {
	if !strings.Contains(p, "%") && !strings.Contains(p, "//") && !strings.Contains(p, "/.") {
		return p
	}
	if text, err := url.PathUnescape(p); err == nil {
		p = text
	}
	return path.Clean(p)
}

// scopeRules select the exchanges to record. The zero value selects all. Connections to a host
// without any selected path are tunnelled. Requests to unselected paths of a host are forwarded
// unrecorded.
type scopeRules struct {
	// Include, unless empty, selects the exchanges to record.
	Include []ScopeRule
	// Exclude overrides Include.
	Exclude []ScopeRule
}

// Host reports whether any exchange with a host may be recorded. target is host:port.
func (s *scopeRules) Host(scheme, target string) bool {
	name, port := hostAndPort(scheme, target)
	if slices.ContainsFunc(s.Exclude, func(r ScopeRule) bool { return r.Path == "" && r.matchesHost(name, port) }) {
		return false
	}
	for _, r := range s.Include {
		if r.matchesHost(name, port) {
			return true
		}
	}
	return len(s.Include) == 0
}

// Records reports whether a request to path, without its query, is recorded.
func (s *scopeRules) Records(scheme, target, path string) bool {
	if len(s.Include)+len(s.Exclude) == 0 {
		return true
	}
	name, port := hostAndPort(scheme, target)
	for _, r := range s.Exclude {
		if r.matchesHost(name, port) && r.excludesPath(path) {
			return false
		}
	}
	for _, r := range s.Include {
		if r.matchesHost(name, port) && r.includesPath(path) {
			return true
		}
	}
	return len(s.Include) == 0
}

// hostAndPort splits an authority. The host is in lower case, and a missing port becomes the
// default port of the scheme.
func hostAndPort(scheme, target string) (host, port string) {
	host, port, err := net.SplitHostPort(target)
	if err != nil {
		host, port = strings.Trim(target, "[]"), "80"
		if scheme == "https" {
			port = "443"
		}
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if strings.Contains(host, ":") {
		if ip, err := netip.ParseAddr(host); err == nil {
			host = ip.String()
		}
	}
	return host, port
}
