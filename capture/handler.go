package capture

import (
	"cmp"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// serveOuter serves requests that are sent to the proxy: CONNECT, requests with absolute URLs, and
// requests for the proxy's own pages.
func (p *Proxy) serveOuter(w http.ResponseWriter, r *http.Request) {
	t := targetOf(r)
	switch {
	case !r.URL.IsAbs() && r.Method != http.MethodConnect && p.cfg.Reverse != nil:
		p.serveReverse(w, r, t)
	case isOwn(r):
		p.servePage(w, r)
	case !(r.Method == http.MethodConnect && isPage(r.URL.Host)) && !p.checkCredentials(w, r):
	case r.Method == http.MethodConnect:
		if d := p.judgeConnect(r); d != nil {
			p.refuseConnect(w, r, d)
			return
		}
		p.engine.ServeHTTP(connectWriter{w}, r)
	case r.URL.Scheme == "http", r.URL.Scheme == "https": // some clients let the proxy do TLS
		t.scheme, t.authority = r.URL.Scheme, r.URL.Host
		r.RequestURI = originForm(cmp.Or(t.uri, r.RequestURI))
		p.serve(w, r, t)
	default:
		http.Error(w, "this proxy takes http and https URLs, and CONNECT", http.StatusBadRequest)
	}
}

// serveInner serves requests inside CONNECT. CONNECT names the host. A different Host header
// reaches the upstream, unless by plain HTTP through an upstream proxy, but does not select it.
func (p *Proxy) serveInner(w http.ResponseWriter, r *http.Request) {
	t := targetOf(r)
	if r.Method == http.MethodConnect {
		http.Error(w, "CONNECT within CONNECT", http.StatusMethodNotAllowed)
		return
	}
	if NormalizeAuthority(t.scheme, t.authority) == PageHost {
		p.servePage(w, r)
		return
	}
	r.URL.Scheme, r.URL.Host = t.scheme, t.authority
	r.RequestURI = originForm(cmp.Or(t.uri, r.RequestURI))
	p.serve(w, r, t)
}

// serve forwards a request with an absolute URL to its target and records it.
func (p *Proxy) serve(w http.ResponseWriter, r *http.Request, t target) {
	p.busy.Add(1)
	defer p.busy.Done()
	escapeSpaces(r)
	t.authority = NormalizeAuthority(t.scheme, t.authority)
	var denied *Denial
	if p.cfg.Guard != nil {
		denied = p.judgeHead(r, &t)
	}
	x := p.newExchange(r, t)
	x.denied = denied
	sent, duplex := r.Body, r.ProtoMajor == 1 && r.ContentLength != 0
	if duplex {
		http.NewResponseController(w).EnableFullDuplex() // an upstream may respond while it still reads
	}
	out := &clientWriter{ResponseWriter: w, buffers: p.buffers, head: r.Method == http.MethodHead}
	if r.ProtoMajor == 1 {
		out.conn = t.conn
	}
	defer out.end()
	defer p.recovered(x)
	defer x.letGo()
	if denied == nil {
		x.denied = p.asked(func() *Denial {
			x.changeRequest(r, t)
			return nil
		})
	}
	if t.scheme == "https" || p.cfg.Upstream.Proxy == nil { // a proxy needs the absolute URL
		sendAsCame(r)
	} else if via, _ := p.via(r.URL); via != nil && via.Scheme != "socks5" && isForeign(r.Host, t) {
		r.Host = t.authority // net/http makes the URL for an HTTP proxy of the Host header
	}
	trace := &httptrace.ClientTrace{GotConn: x.gotConn}
	if r.ProtoAtLeast(1, 1) && p.cfg.Guard == nil { // earlier clients know no such responses, and no guard judges them
		trace.Got1xxResponse = x.inform(w)
	}
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), trace))
	if upgradeProtocol(r.Header) != "" {
		if p.serveUpgrade(out, r, x) {
			return
		}
	} else {
		forward(out, r, x)
	}
	if x.isBroken() {
		// Returning would end the body normally, and the client would take it for complete.
		panic(http.ErrAbortHandler)
	}
	if duplex && !x.req.isWhole() {
		// net/http would read the rest after this handler, and then start to wait for the next
		// request twice, which panics. The client may need the response before it sends the rest.
		out.Flush()
		sent.Close()
		t.heads.Resume()
	}
}

// forward sends a request and passes the response on. goproxy's own function does more than twice
// that work for each request.
func forward(w *clientWriter, r *http.Request, x *exchange) {
	removeHopByHop(r.Header)
	resp := x.answer(r)
	defer resp.Body.Close()
	if x.p.cfg.Guard != nil && r.ProtoMajor == 1 && r.ContentLength != 0 && !x.req.isWhole() {
		w.Header().Set("Connection", "close") // the head after the rest of the body would not be known
	}
	w.respond(resp)
}

// respond writes a response with its trailers.
func (w *clientWriter) respond(resp *http.Response) {
	h := w.Header()
	maps.Copy(h, resp.Header)
	announced := len(resp.Trailer)
	if announced > 0 {
		h["Trailer"] = []string{strings.Join(slices.Sorted(maps.Keys(resp.Trailer)), ", ")}
	}
	w.WriteHeader(resp.StatusCode)
	w.copyBody(resp.Body)
	if len(resp.Trailer) == 0 {
		return
	}
	w.Flush() // with trailers, even a short body is sent in chunks
	prefix := ""
	if len(resp.Trailer) > announced {
		prefix = http.TrailerPrefix
	}
	for name, values := range resp.Trailer {
		h[prefix+name] = values
	}
}

// recovered ends an exchange in any case, and counts panics; net/http closes the connection.
func (p *Proxy) recovered(x *exchange) {
	v := recover()
	if v == nil {
		x.finish(nil) // no effect if the exchange has ended
		return
	}
	if v != http.ErrAbortHandler {
		p.stats.panics.Add(1)
		p.log.Error("panic while serving a request", "host", x.f.Request.Authority, "panic", v, "stack", string(debug.Stack()))
	}
	x.finish(errPanic)
	panic(http.ErrAbortHandler)
}

// inform forwards informational responses such as 103. net/http handles 100 itself.
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
		maps.Copy(head, h)
		w.WriteHeader(status)
		clear(head)
		return nil
	}
}

// sendAsCame keeps the path as the client wrote it: url.URL would escape some unescaped bytes.
func sendAsCame(r *http.Request) {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") && r.URL.EscapedPath() != path {
		r.URL.Opaque = path
	}
}

// escapeSpaces escapes the spaces of a request target. Only a client of HTTP/2 can send them, and
// for an upstream of HTTP/1 they would end the target, as in "/a HTTP/1.1".
func escapeSpaces(r *http.Request) {
	if strings.Contains(r.RequestURI, " ") {
		r.RequestURI = strings.ReplaceAll(r.RequestURI, " ", "%20")
		r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, " ", "%20")
	}
}

// NormalizeAuthority returns an authority in the form of flows: lower case, ASCII, without the
// scheme's default port.
func NormalizeAuthority(scheme, authority string) string {
	authority = strings.ToLower(authority)
	for i := range len(authority) {
		if authority[i] >= 0x80 {
			host, port, err := net.SplitHostPort(authority)
			if err != nil {
				host = authority
			}
			if ascii, err := idna.Lookup.ToASCII(host); err == nil && ascii != "" {
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
