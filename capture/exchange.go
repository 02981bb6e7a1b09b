package capture

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spectap/spectap/flow"
)

// Reasons for an exchange to end early, as shown to people.
var (
	errClosed   = errors.New(flow.ClientLeft)
	errNoAnswer = errors.New("the client went away before the answer")
	errSending  = errors.New("the client went away while it sent the request")
	errPanic    = errors.New("the proxy failed")
)

// exchange is one request and its response in progress.
type exchange struct {
	p         *Proxy
	client    context.Context // done when the client leaves or was served
	conn      *clientConn     // the client's connection
	routes    *routes         // to the upstream, unless the client has its own
	front     string          // see target
	req, res  tee
	change    *Change     // or nil
	denied    *Denial     // before anything else is decided, or nil
	judgement Judgement   // nil unless the request was sent
	holding   int64       // bytes of bodies that wait for the guard, or were replaced by it
	noRoom    bool        // for more of them
	recorded  bool        // the sink has reserved budget for it
	unwanted  bool        // out of scope
	cutShort  atomic.Bool // the client did not send all of its request
	reached   atomic.Bool // a connection to the upstream existed

	clientHeads *headReader // of the client's connection, or nil
	upstream    net.Conn    // of the last attempt to send the request, or nil

	informing sync.Mutex // guards answered, and the header map against informational responses
	answered  bool

	mu              sync.Mutex // guards the fields below
	f               flow.Flow
	skipped         bool // by Config.Skip
	undecided       bool // whether Config.Skip skips it
	requestRecorded bool // the request is recorded
	ended           bool
	held            bool               // over waits for releaseEnd
	heldEnds        []error            // the arguments of these calls of over
	failure         error              // of the response; the client must not take it for complete
	messages        *transcript        // WebSocket messages
	trailer         func() http.Header // of the response, once its body has ended
	stream          *time.Timer        // for a response without a length: records it periodically
	streamed        int64              // bytes of it at the last record
	pause           time.Duration      // until the next record
}

// newExchange records what the client sent, before anything is changed.
func (p *Proxy) newExchange(r *http.Request, t target) *exchange {
	x := &exchange{p: p, client: r.Context(), conn: t.conn, routes: t.routes, front: t.front, clientHeads: t.heads}
	if t.named {
		x.routes = p.anywhere
	}
	host := sentHost(r, t)
	foreign := isForeign(host, t)
	x.f = flow.Flow{
		ID:      flow.NewID(),
		Source:  Source,
		Started: time.Now(),
		Request: flow.Request{
			Method: r.Method, Scheme: t.scheme, Authority: t.authority,
			Path: pathOf(r), RawQuery: r.URL.RawQuery, Proto: r.Proto,
			Header: sentHeader(r, t, host, foreign),
		},
		Session: p.cfg.Session, Tags: p.cfg.Tags,
	}
	if p.cfg.TagHeader != "" {
		p.takeTags(r, &x.f)
	}
	if t.serverName != "" {
		x.f.Tags = flow.AddTags(x.f.Tags, flow.ServerNameTag+t.serverName)
	}
	if foreign || t.serverName != "" {
		p.noteFronted(t)
	}
	x.req.expect = r.ContentLength
	x.begin()
	return x
}

// begin decides whether the exchange, whose request is known, is recorded.
func (x *exchange) begin() {
	p, r := x.p, &x.f.Request
	max := p.cfg.MaxBody
	x.req = tee{max: max, expect: x.req.expect, room: p.room}
	x.res = tee{max: max, expect: -1, room: p.room}
	p.stats.active.Add(1)
	if p.paused.Load() || !p.cfg.Scope.Records(r.Scheme, r.Authority, r.Path) {
		x.unwanted, x.req.max, x.res.max = true, 0, 0
		return
	}
	if x.maySkip(); x.skipped {
		return
	}
	x.recorded = true
	if p.room != nil {
		patience := p.room.patience()
		x.recorded = p.room.reserve(requestWeight(&x.f), &patience)
		x.req.patience, x.res.patience = patience, patience
		if !x.recorded {
			x.req.max, x.res.max = 0, 0
		}
	}
}

// frontedPause is the time between two warnings about one host, because its clients send a
// different Host header in each request.
const frontedPause = time.Minute

// foreignName returns the server name (SNI) of a client's TLS handshake if it names another host
// than the connection is to, "" if it does not. A client that connects to an address has another
// name for it.
func foreignName(c *tls.Conn, host string) string {
	name := c.ConnectionState().ServerName
	if strings.EqualFold(name, host) || net.ParseIP(host) != nil {
		return ""
	}
	return name
}

// noteFronted counts a request whose Host header, or TLS server name, differs from the host of its
// connection, and sometimes logs a warning.
func (p *Proxy) noteFronted(t target) {
	n := p.stats.fronted.Add(1)
	now := time.Now()
	if last := p.fronted.Load(); last != nil {
		pause := time.Second
		if last.authority == t.authority {
			pause = frontedPause
		}
		if now.Sub(last.at) < pause {
			return
		}
	}
	p.fronted.Store(&frontedNote{t.authority, now})
	p.log.Warn("the Host header, or the name in the TLS handshake, is that of another host than the connection", "connected", t.authority, "requests", n)
}

// frontedNote is the last host that was warned about.
type frontedNote struct {
	authority string
	at        time.Time
}

// pathOf returns the path as the client wrote it.
func pathOf(r *http.Request) string {
	if r.RequestURI == "*" {
		return "*"
	}
	if r.URL.Opaque != "" {
		return r.URL.Opaque
	}
	if strings.HasPrefix(r.RequestURI, "/") {
		path, _, _ := strings.Cut(r.RequestURI, "?")
		return path
	}
	if p := r.URL.EscapedPath(); p != "" {
		return p
	}
	return "/"
}

// sentHost returns the Host as sent, which net/http may replace by that of a URL. For an API that a
// person named, it is that of the API.
func sentHost(r *http.Request, t target) string {
	if sent := hostLine(t.head); sent != "" && !t.named {
		return sent
	}
	return r.Host
}

// isForeign reports whether a Host names another host than the target.
func isForeign(host string, t target) bool {
	return host != "" && host != t.authority && !strings.EqualFold(NormalizeAuthority(t.scheme, host), t.authority)
}

// sentHeader returns the request's header without the fields for the proxy. It has the Host line,
// which HTTP/2 does not have unless it differs from the target. A name that the target has in ASCII
// is left out.
func sentHeader(r *http.Request, t target, host string, foreign bool) flow.Header {
	sent := r.ProtoMajor == 1 && (t.head == "" || hostLine(t.head) != "")
	if !foreign && (!sent || strings.ContainsFunc(host, func(c rune) bool { return c >= 0x80 })) {
		host = ""
	}
	h := headLines(t.head, r.Header, host)
	if r.ProtoMajor == 2 {
		lowerNames(h)
	}
	return slices.DeleteFunc(h, func(f flow.Field) bool { return isForProxy(f.Name) })
}

// isForProxy reports whether a field is for the proxy, and may have its credentials.
func isForProxy(name string) bool {
	const prefix = "Proxy-"
	return len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}

// gotConn notes the connection on which the request is about to be sent.
func (x *exchange) gotConn(info httptrace.GotConnInfo) {
	x.reached.Store(true)
	x.upstream = info.Conn
	headsOf(info.Conn).Resume()
}

// headsOf returns the headers that were read from a connection to an upstream, or nil.
func headsOf(c net.Conn) *headReader {
	if h, ok := c.(*headConn); ok {
		return &h.Heads
	}
	return nil
}

// receivedHeader returns the header of a response as the upstream sent it.
func (x *exchange) receivedHeader(resp *http.Response) flow.Header {
	if resp.ProtoMajor == 2 {
		return lowerNames(flow.HeaderOf(resp.Header))
	}
	return headLines(headsOf(x.upstream).Take(0), resp.Header, "")
}

// answer sends the request and returns its response, or a response of the proxy with the cause of
// the failure.
func (x *exchange) answer(r *http.Request) *http.Response {
	x.prepare(r)
	if c := x.change; c != nil && c.Request.Refuse != "" {
		x.finish(errors.New(c.Request.Refuse))
		return blocked(c.Request.Refuse).response()
	}
	if x.p.cfg.Guard != nil && (x.change == nil || x.change.Answer == nil) {
		if d := x.p.asked(func() *Denial { return x.judge(r) }); d != nil {
			return x.deny(r, d, d.failure())
		}
	}
	x.tapRequest(r)
	if c := x.change; c != nil && c.Answer != nil {
		return x.answerByRule(r)
	}
	resp, err := x.roundTrip(r)
	x.informing.Lock()
	x.answered = true
	x.informing.Unlock()
	if err == nil && !canForward(r, resp) {
		resp.Body.Close()
		err = errStatus
	}
	if err != nil {
		f := x.explain(r, err)
		x.finish(errors.New(f.text))
		if r.Context().Err() != nil || x.conn.upstream != nil && (f.code == "connection_terminated" || f.code == "connection_refused") {
			x.fail(err) // the client is gone, or sees the end of the connection as without the proxy
		}
		return f.response()
	}
	if x.judgement != nil {
		if d := x.p.asked(func() *Denial { return x.judgeAnswer(resp) }); d != nil {
			resp.Body.Close()
			return x.deny(r, d, d.Reason)
		}
	}
	header := x.receivedHeader(resp)
	x.sent() // also while the request's body is still being sent
	x.mu.Lock()
	x.f.Response = &flow.Response{Status: resp.StatusCode, Proto: resp.Proto, Header: header}
	x.trailer = func() http.Header { return resp.Trailer }
	x.mu.Unlock()
	x.decideSkip(r, resp)
	if resp.ContentLength < 0 || resp.StatusCode == http.StatusSwitchingProtocols {
		x.follow()
	}
	if c := x.change; c != nil {
		x.decideAnswered(c, resp)
		if c.Response.Refuse != "" {
			x.finish(errors.New(c.Response.Refuse))
			resp.Body.Close()
			return blocked(c.Response.Refuse).response()
		}
	}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return resp // the body is a connection
	}
	x.tapResponse(r, resp)
	x.changeResponse(r, resp)
	if r.ProtoMajor == 1 && resp.ProtoMajor == 1 {
		asSpelled(resp.Header, header)
	}
	return resp
}

// tapRequest records the request while its body is sent.
func (x *exchange) tapRequest(r *http.Request) {
	into := &x.req
	if x.req.isWhole() { // recorded before a change, or while it was held back
		into = new(tee)
	}
	if r.ContentLength == 0 { // HTTP/2 gives requests without a body one that is empty
		into.end()
	}
	if r.Body == nil || r.Body == http.NoBody {
		into.end()
		x.sent()
	} else {
		r.Body = &tapped{&unread{r.Body, &x.reached}, into, func(err error) {
			switch {
			case err == nil:
				if r.ContentLength < 0 {
					x.clientHeads.Resume()
				}
				x.noteTrailer(r)
				x.sent()
			case !errors.Is(err, errClosed):
				x.cutShort.Store(true)
			}
		}}
	}
}

// tapResponse records the body of a response while the client reads it, and prepares the header.
func (x *exchange) tapResponse(r *http.Request, resp *http.Response) {
	if resp.ContentLength == 0 && resp.ProtoMajor == 2 && r.Method != http.MethodHead &&
		resp.StatusCode != http.StatusNoContent && resp.StatusCode != http.StatusNotModified {
		// It ended with its header, and must do so for the client: gRPC recognizes an immediate
		// failure by that.
		resp.Header.Set("Content-Length", "0")
	}
	removeHopByHop(resp.Header)
	delete(resp.Header, "Alt-Svc") // HTTP/3 would bypass the proxy
	if resp.StatusCode == http.StatusUnauthorized && r.URL.Scheme == "http" && signsConnection(resp.Header) {
		// Else clients must not use Negotiate through a proxy (RFC 4559, section 6).
		resp.Header.Set("Proxy-Support", "Session-Based-Authentication")
	}
	if x.front != "" {
		reverseHeader(resp.Header, x.p.cfg.Reverse, x.front)
	}
	x.res.expect = resp.ContentLength
	resp.Body = &tapped{resp.Body, &x.res, x.over}
}

// prepare stops net/http from adding fields to a request.
func (x *exchange) prepare(r *http.Request) {
	r.RequestURI = "" // only a server may set it
	r.Close = false   // concerns the client's connection only
	if _, ok := r.Header["User-Agent"]; !ok {
		r.Header["User-Agent"] = []string{""}
	}
}

// canForward reports whether net/http's server can write a response.
func canForward(r *http.Request, resp *http.Response) bool {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return upgradeProtocol(r.Header) != ""
	}
	return resp.StatusCode >= 200
}

func (x *exchange) noteTrailer(r *http.Request) {
	if len(r.Trailer) > 0 {
		h := flow.HeaderOf(r.Trailer)
		x.mu.Lock()
		x.f.Request.Trailer = h
		x.mu.Unlock()
	}
}

// sent records the request while its response is awaited.
func (x *exchange) sent() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.requestRecorded || x.ended || !x.recorded || x.undecided {
		return
	}
	x.requestRecorded = true
	f := x.f
	f.Response = nil
	f.Request.Body = x.req.peek()
	// The lock is held so that this record precedes the completion.
	if err := x.p.cfg.Sink.Record(context.Background(), f); err != nil {
		x.p.log.Debug("record request", "host", f.Request.Authority, "err", err)
	}
}
