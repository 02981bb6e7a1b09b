package sysproxy

import (
	"net"
	"net/url"
	"strings"
)

// addr joins host and port for display, or returns "" without a host.
func addr(host, port string) string {
	if host == "" {
		return ""
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}

// describePair describes the proxies for HTTP and HTTPS.
func describePair(http, https string) string {
	switch {
	case http == "" && https == "":
		return "a proxy for other protocols only"
	case http == https:
		return "proxy " + http
	case https == "":
		return "proxy " + http + " for HTTP only"
	case http == "":
		return "proxy " + https + " for HTTPS only"
	}
	return "proxy " + http + " for HTTP, " + https + " for HTTPS"
}

// hideLogin removes user, password, query and fragment from a URL that another program set.
func hideLogin(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return "(not a URL)"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}
