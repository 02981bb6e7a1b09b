package capture

import (
	"net"
	"net/http"
	"strconv"
	"strings"
)

// PageHost is a host name that the proxy itself answers.
const PageHost = setupHost

// servePage serves the pages of the proxy itself: instructions, its CA and a PAC file.
func (p *Proxy) servePage(w http.ResponseWriter, r *http.Request) {
	serveSetup(w, r, setupPage{CA: p.cfg.CA, Addr: listenAddr(r), Remote: p.remoteAddrs(r), Password: p.cfg.Admit != nil})
}

// isOwn reports whether a client asks the proxy for its own page: at its address, which some
// clients also ask for through the proxy, or at PageHost.
func isOwn(r *http.Request) bool {
	switch {
	case r.Method == http.MethodConnect:
		return false
	case !r.URL.IsAbs(), strings.EqualFold(r.URL.Host, PageHost):
		return true
	}
	if r.URL.Scheme != "http" {
		return false
	}
	a, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return r.URL.Host == listenAddr(r)
	}
	port, err := strconv.Atoi(r.URL.Port()) // most URLs have another port
	return err == nil && port == a.Port && (r.URL.Host == a.String() || isOwnByName(r, a))
}

// isOwnByName reports whether a request is for localhost or a name below .localhost, and the client
// reached the proxy by a loopback address. Forwarded, it would come back.
func isOwnByName(r *http.Request, a *net.TCPAddr) bool {
	if !a.IP.IsLoopback() {
		return false
	}
	host, _, err := net.SplitHostPort(localhost(r.URL.Host))
	return err == nil && strings.EqualFold(host, "localhost")
}

// isPage reports whether an authority of CONNECT names the proxy itself.
func isPage(authority string) bool { return NormalizeAuthority("https", authority) == PageHost }

// listenAddr returns the address under which the client reached the proxy.
func listenAddr(r *http.Request) string {
	if a, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		return a.String()
	}
	return r.Host
}

// remoteAddrs returns the addresses at which other machines reach the proxy: the one that the
// client used, or those of the local networks if the proxy listens everywhere.
func (p *Proxy) remoteAddrs(r *http.Request) (addrs []string) {
	used, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return nil
	}
	if !used.IP.IsLoopback() {
		return []string{used.String()}
	}
	if !p.own.everywhere(used.Port) {
		return nil
	}
	all, _ := net.InterfaceAddrs() // without them, the page says how to listen
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() && n.IP.To4() != nil {
			addrs = append(addrs, (&net.TCPAddr{IP: n.IP, Port: used.Port}).String())
		}
	}
	return addrs
}
