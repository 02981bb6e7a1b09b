package capture

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// ports of HTTP. Other ports are more often those of databases.
var ports = []uint16{80, 443}

// IsBrowser reports whether it is a browser, which connects to nothing but servers of HTTP.
func (p bypassProgram) IsBrowser() bool { return p.Kind == bypassChromium || p.Kind == bypassFirefox }

// Missed reports whether a program seems to have sent HTTP past the proxy, although others of its
// run used it: to another machine, at a port of HTTP, or as a browser.
func (p bypassProgram) Missed() bool {
	if p.IsBrowser() {
		return len(p.Direct) > 0
	}
	return slices.ContainsFunc(p.Direct, func(a netip.AddrPort) bool {
		return slices.Contains(ports, a.Port()) && !a.Addr().IsLoopback()
	})
}

// String describes a program and its connections: "server (Go) to 127.0.0.1:3000".
func (p bypassProgram) String() string {
	var b strings.Builder
	b.WriteString(p.Name)
	if p.Kind != "" && !strings.HasPrefix(strings.ToLower(p.Name), strings.ToLower(string(p.Kind))) {
		fmt.Fprintf(&b, " (%s)", p.Kind)
	}
	for i, a := range p.Direct {
		if i == 0 {
			b.WriteString(" to ")
		} else {
			b.WriteString(", ")
		}
		b.WriteString(a.String())
	}
	if p.Connections > len(p.Direct) {
		fmt.Fprintf(&b, ", %d connections", p.Connections)
	}
	return b.String()
}

// Advice says how to record a program that connected past the proxy, or that ended without a
// connection that was seen.
func (p bypassProgram) Advice() string {
	loopback := slices.IndexFunc(p.Direct, func(a netip.AddrPort) bool { return a.Addr().IsLoopback() })
	switch {
	case p.IsBrowser():
		return "spectap browser URL"
	case p.QUIC:
		return "switch HTTP/3 off in it: a proxy does not see QUIC"
	case loopback >= 0 && (p.Kind == bypassGo || p.Kind == bypassRuby):
		return fmt.Sprintf("let it call http://api.localhost:%d, because %s uses no proxy for localhost and 127.0.0.1",
			p.Direct[loopback].Port(), p.Kind)
	case len(p.Direct) == 0 && (p.Kind == bypassGo || p.Kind == bypassRuby):
		return fmt.Sprintf("let it call http://api.localhost:PORT instead of localhost, for which %s uses no proxy", p.Kind)
	case p.Kind == bypassGo:
		return "set Proxy: http.ProxyFromEnvironment in its http.Transport, or " + p.reverse()
	case p.Kind == bypassJava:
		return "let its client use the system properties (ProxySelector.getDefault, useSystemProperties), or " + p.reverse()
	case p.Kind == bypassNode:
		return "let its client use HTTP_PROXY: it has an agent or dispatcher of its own; or " + p.reverse()
	case p.Kind == bypassPython:
		return "let its client use HTTP_PROXY (trust_env=True for aiohttp and httpx), or " + p.reverse()
	}
	return p.reverse()
}

// reverse returns the command of a proxy for programs that know none.
func (p bypassProgram) reverse() string {
	url := "https://HOST"
	for _, a := range p.Direct {
		if a.Port() != 443 {
			url = "http://" + a.String()
			break
		}
	}
	return "spectap proxy --reverse " + url + "   # and let it call the proxy's address"
}

// Trust says how a program that uses the proxy can trust its CA.
func (p bypassProgram) Trust() string {
	switch p.Kind {
	case bypassChromium, bypassFirefox:
		return "spectap browser URL"
	case bypassGnuTLS:
		return "spectap ca install, or an option of it that names $SSL_CERT_FILE: GnuTLS reads no variable"
	case bypassJava:
		return "give it no trust store of its own: JAVA_TOOL_OPTIONS names one with the CA"
	case bypassGo:
		return "spectap ca install, or add the file in $SSL_CERT_FILE to the RootCAs of its tls.Config"
	}
	return "spectap ca install, or an option of it that names $SSL_CERT_FILE"
}
