package capture

import (
	"context"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"runtime/debug"
	"strings"

	"golang.org/x/net/idna"
)

// serveOuter serves what a client sends to the proxy itself: CONNECT, requests with absolute URLs, and
// requests that mean the proxy.
func (p *Proxy) serveOuter(w http.ResponseWriter, r *http.Request) {
	switch {
	case !r.URL.IsAbs() && r.Method != http.MethodConnect && p.cfg.Reverse != nil:
		p.serveReverse(w, r)
	case !r.URL.IsAbs() && r.Method != http.MethodConnect, strings.EqualFold(r.URL.Host, PageHost):
		p.servePage(w, r)
	case !p.admitted(w, r):
	case r.Method == http.MethodConnect:
		p.engine.ServeHTTP(connectWriter{w}, r)
	case r.URL.Scheme == "http", r.URL.Scheme == "https": // some clients leave TLS to the proxy
		p.serve(w, r, target{scheme: r.URL.Scheme, authority: r.URL.Host})
	default:
		http.Error(w, "this proxy takes http and https URLs, and CONNECT", http.StatusBadRequest)
	}
}

// serveReverse passes a request on to the one upstream that the proxy stands for.
func (p *Proxy) serveReverse(w http.ResponseWriter, r *http.Request) {
	to := p.cfg.Reverse
	r.RequestURI = strings.TrimSuffix(to.EscapedPath(), "/") + r.RequestURI
	u, err := url.ParseRequestURI(r.RequestURI)
	if err != nil {
		http.Error(w, "not a path", http.StatusBadRequest)
		return
	}
	r.URL, r.Host = u, to.Host
	r.URL.Scheme, r.URL.Host = to.Scheme, to.Host
	p.serve(w, r, target{scheme: to.Scheme, authority: to.Host})
}

// serveInner serves what comes through CONNECT. The host is the one that CONNECT named: a Host header that
// says otherwise reaches the upstream, but does not choose it.
func (p *Proxy) serveInner(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodConnect {
		http.Error(w, "CONNECT within CONNECT", http.StatusMethodNotAllowed)
		return
	}
	t := r.Context().Value(targetKey{}).(target)
	if normalize(t.scheme, t.authority) == PageHost {
		p.servePage(w, r)
		return
	}
	r.URL.Scheme, r.URL.Host = t.scheme, t.authority
	p.serve(w, r, t)
}

// serve passes a request with an absolute URL on to its target and records it.
func (p *Proxy) serve(w http.ResponseWriter, r *http.Request, t target) {
	p.busy.Add(1)
	defer p.busy.Done()
	t.authority = normalize(t.scheme, t.authority)
	change := p.changeRequest(r, t) // first, so that what is recorded is what is sent
	x := p.newExchange(r, t)
	x.change = change
	if r.ProtoMajor == 1 && r.ContentLength != 0 {
		http.NewResponseController(w).EnableFullDuplex() // an upstream may answer while it reads
	}
	out := &clientWriter{ResponseWriter: w, buffers: p.buffers, head: r.Method == http.MethodHead}
	if r.ProtoMajor == 1 {
		out.conn = t.conn
	}
	defer out.end()
	defer p.recovered(x)
	if t.scheme == "https" || p.cfg.Upstream.Proxy == nil { // a proxy needs the whole URL
		sendAsCame(r)
	}
	ctx := context.WithValue(r.Context(), exchangeKey{}, x)
	r = r.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:        func(httptrace.GotConnInfo) { x.reached.Store(true) },
		Got1xxResponse: x.inform(w),
	}))
	if upgrade(r.Header) != "" {
		p.serveUpgrade(out, r, x)
	} else {
		p.engine.ServeHTTP(out, r)
	}
	if x.broken() {
		// Returning would end the body properly, and the client would take the part for the whole.
		panic(http.ErrAbortHandler)
	}
}

// recovered ends an exchange whatever happened, and counts panics; net/http closes the connection.
func (p *Proxy) recovered(x *exchange) {
	v := recover()
	if v == nil {
		x.finish(nil) // does nothing for an exchange that is over
		return
	}
	if v != http.ErrAbortHandler {
		p.stats.panics.Add(1)
		p.log.Error("panic while serving a request", "host", x.f.Request.Authority, "panic", v, "stack", string(debug.Stack()))
	}
	x.finish(errPanic)
	panic(http.ErrAbortHandler)
}

// inform passes informational answers on, such as 103; 100 is net/http's own affair.
func (x *exchange) inform(w http.ResponseWriter) func(int, textproto.MIMEHeader) error {
	return func(status int, h textproto.MIMEHeader) error {
		if status == http.StatusContinue || status == http.StatusSwitchingProtocols {
			return nil
		}
		x.informing.Lock()
		defer x.informing.Unlock()
		if x.answered {
			return nil
		}
		head := w.Header()
		for name, values := range h {
			head[name] = values
		}
		w.WriteHeader(status)
		clear(head)
		return nil
	}
}

// sendAsCame keeps the path as the client wrote it: url.URL would escape some bytes that came bare.
func sendAsCame(r *http.Request) {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") && r.URL.EscapedPath() != path {
		r.URL.Opaque = path
	}
}

// normalize writes an authority as flows have it: lower case, in ASCII, without the scheme's own port.
func normalize(scheme, authority string) string {
	authority = strings.ToLower(authority)
	for i := range len(authority) {
		if authority[i] >= 0x80 {
			host, port, err := net.SplitHostPort(authority)
			if err != nil {
				host = authority
			}
			if ascii, err := idna.Lookup.ToASCII(host); err == nil {
				authority = ascii
				if port != "" {
					authority += ":" + port
				}
			}
			break
		}
	}
	port := ":80"
	if scheme == "https" {
		port = ":443"
	}
	if host, ok := strings.CutSuffix(authority, port); ok && (!strings.Contains(host, ":") || strings.HasSuffix(host, "]")) {
		authority = host
	}
	return strings.TrimSuffix(authority, ":")
}
