package capture

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/spectap/spectap/flow"
)

// This file is what a proxy with a [Guard] does otherwise than one without.
//
// A host is judged in one form, which is then dialled. A request is judged after the changes of
// rules, as it will leave. net/http writes each message anew, so no bytes of a client reach an
// upstream but those of judged requests; ambiguous messages are denied nevertheless.

// errDenied ends a TLS handshake that a guard denies.
var errDenied = errors.New("the guard denies the connection")

// asked returns what f decides. With a guard, a panic of f denies.
func (p *Proxy) asked(f func() *Denial) (d *Denial) {
	if p.cfg.Guard == nil {
		return f()
	}
	defer func() {
		v := recover()
		if v == http.ErrAbortHandler {
			panic(v)
		}
		if v != nil { // its value may show what the guard knows
			p.stats.panics.Add(1)
			p.log.Error("panic while judging traffic", "panic", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
			d = &Denial{Status: http.StatusInternalServerError, Reason: "the proxy failed while it judged this"}
		}
	}()
	return f()
}

// judgeHost returns the form of an authority that is judged and dialled, and the denial if its host
// may not be reached.
func (p *Proxy) judgeHost(scheme, authority string) (string, *Denial) {
	one, ok := oneAuthority(scheme, authority)
	if !ok {
		return authority, &Denial{Reason: "the host is neither a name nor an address in its usual form"}
	}
	return one, p.asked(func() *Denial { return p.cfg.Guard.Host(one) })
}

// oneAuthority returns the one form of the spellings of an authority: host:port in lower case and
// ASCII. ok is false for spellings that resolvers read differently, such as 127.1 or 0x7f000001.
func oneAuthority(scheme, authority string) (_ string, ok bool) {
	host, port := hostAndPort(scheme, authority)
	if host, ok = canonical(host); !ok {
		return "", false
	}
	if port == "" {
		_, port = hostAndPort(scheme, "")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", false
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		host, ok = ip.Unmap().String(), ip.Zone() == ""
	} else if last := host[strings.LastIndexByte(host, '.')+1:]; strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		return "", false // WHATWG URL, section 3.5: it is an IPv4 address
	}
	return net.JoinHostPort(host, strconv.FormatUint(n, 10)), ok
}

// judgeConnect decides on CONNECT, and sets its authority to the judged one.
func (p *Proxy) judgeConnect(r *http.Request) (d *Denial) {
	if p.cfg.Guard == nil || isPage(r.URL.Host) {
		return nil
	}
	if r.URL.Host, d = p.judgeHost("https", r.URL.Host); d != nil {
		return d
	}
	user, password, ok := proxyCredentials(r)
	if ok && p.cfg.Unrecorded != nil && p.cfg.Unrecorded(user, password) || !p.cfg.Scope.Host("https", r.URL.Host) {
		return &Denial{Reason: "connections to the host are not to be recorded, so they cannot be judged"}
	}
	return nil
}

// refuseConnect answers a CONNECT that was denied.
func (p *Proxy) refuseConnect(w http.ResponseWriter, r *http.Request, d *Denial) {
	resp := d.response()
	p.recordConnect(r.URL.Host, d.failure(), &flow.Response{Status: resp.StatusCode, Proto: r.Proto})
	w.Header().Set("Connection", "close") // the client may have sent more
	(&clientWriter{ResponseWriter: w, buffers: p.buffers}).respond(resp)
}

// judgeHello decides on a TLS handshake. known says that the name in it can be believed.
func (p *Proxy) judgeHello(c *clientConn, hello *tls.ClientHelloInfo, isHTTP func(string) bool, known bool) (d *Denial) {
	switch offers := hello.SupportedProtos; {
	case len(offers) > 0 && !slices.ContainsFunc(offers, isHTTP):
		return &Denial{Reason: errNotHTTP.Error()}
	case !known, !p.cfg.Scope.Host("https", c.authority):
		return &Denial{Reason: errElsewhere.Error()}
	}
	if c.authority, d = p.judgeHost("https", c.authority); d != nil {
		return d
	}
	if name := hello.ServerName; name != "" && !strings.EqualFold(name, c.host()) {
		return &Denial{Reason: "the name in the TLS handshake is that of another host than the connection"}
	}
	return nil
}

// denyConn ends a connection that nobody can judge.
func (p *Proxy) denyConn(c *clientConn, d *Denial) {
	c.Close()
	p.recordConnect(c.authority, d.failure(), nil)
}

// recordConnect records a connection that was denied or failed, with its answer or nil, once in a
// second for each host: a program may try without an end.
func (p *Proxy) recordConnect(authority, failure string, answer *flow.Response) {
	if p.denied.add(authority + time.Now().Format(time.DateTime)) {
		p.log.Info("not recorded", "host", authority, "reason", failure)
		p.recordUnsent(flow.Request{Method: http.MethodConnect, Scheme: "https", Authority: NormalizeAuthority("https", authority),
			Path: "/", Proto: "HTTP/1.1"}, answer, failure)
	}
}

// judgeHead decides on the host of a request, sets it to the judged one, and denies what two
// readers of the header could read differently.
func (p *Proxy) judgeHead(r *http.Request, t *target) *Denial {
	authority, d := p.judgeHost(t.scheme, t.authority)
	if d != nil {
		return d
	}
	t.authority = NormalizeAuthority(t.scheme, authority)
	r.URL.Host, r.URL.User = t.authority, nil
	names := slices.Clone(r.Header["Host"]) // of HTTP/2, beside :authority
	if !t.named {
		names = append(names, r.Host, hostLine(t.head))
	}
	for _, name := range slices.Compact(names) {
		if one, ok := oneAuthority(t.scheme, name); name != "" && (!ok || one != authority) {
			return &Denial{Reason: "the request names another host than its connection"}
		}
	}
	if delete(r.Header, "Host"); !t.named {
		r.Host = t.authority // however it was spelled
	}
	if len(r.Header["Content-Type"]) > 1 {
		return &Denial{Status: http.StatusBadRequest, Reason: "the request is ambiguous: it has several fields Content-Type"}
	}
	if r.ProtoMajor != 1 {
		return nil
	}
	if fault := ambiguity(t.head, r.ProtoMinor > 0); fault != "" {
		return &Denial{Status: http.StatusBadRequest, Reason: "the request is ambiguous: " + fault}
	}
	return nil
}

// ambiguity names what readers of the head of a request of HTTP/1 could read differently although
// net/http takes it, or returns "".
func ambiguity(head string, mayChunk bool) string {
	if head == "" {
		return "its header is too large, or follows another request too closely"
	}
	if n := strings.Count(head, "\r\n"); n != strings.Count(head, "\n") || n != strings.Count(head, "\r") {
		return "a line of the header does not end in CR LF"
	}
	_, lines, _ := strings.Cut(strings.TrimLeft(head, "\r\n"), "\r\n")
	framed := false
	for line := range strings.SplitSeq(strings.TrimRight(lines, "\r\n"), "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		value = strings.Trim(value, " \t")
		switch {
		case line == "":
		case isFolded([]byte(line)):
			return "a line of the header continues the one before"
		case isFraming(name) && framed:
			return "its length is told twice"
		case isName(name, "Transfer-Encoding") && (!isName(value, "chunked") || !mayChunk),
			isName(name, "Content-Length") && (value == "" || strings.Trim(value, "0123456789") != ""):
			return "its length is not told in the usual form"
		}
		framed = framed || isFraming(name)
	}
	return ""
}

// PathFault names what servers, and proxies in front of them, may read as another path than an
// escaped path says, or returns "". They differ in how often they decode it, and in what they do
// before that. Escaped slashes, semicolons and the like are faults only if strictly is true: names
// of packages have them.
func PathFault(path string, strictly bool) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\# ") {
		return "is not in its usual form"
	}
	isDot := func(segment string) bool {
		name, _, _ := strings.Cut(segment, ";")
		name = strings.TrimRight(name, " ") // as Windows does
		return name == "." || name == ".."
	}
	if strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/") == "" && !strings.Contains(path, "//") {
		return ""
	}
	slashes := strings.Count(path, "/")
	for text := path; ; {
		switch {
		case slices.ContainsFunc(strings.FieldsFunc(text, func(c rune) bool { return c == '/' || c == '\\' }), isDot):
			return "has a dot segment"
		case !strictly:
		case strings.Contains(text, "//"):
			return "has an empty segment"
		case strings.Count(text, "/") != slashes:
			return "has an encoded slash"
		case !utf8.ValidString(text):
			return "is not UTF-8"
		case strings.ContainsAny(text, `\;`):
			return "has a backslash or a semicolon"
		case strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f }):
			return "has a control character"
		}
		plain, err := url.PathUnescape(norm.NFKC.String(text)) // so some servers read fullwidth dots
		switch {
		case err != nil && text == path:
			return "has an invalid escape"
		case err != nil || plain == text: // a literal %
			return ""
		}
		text = plain
	}
}

// judge decides on a request as it would leave, and holds its body back if the guard asks for it.
func (x *exchange) judge(r *http.Request) *Denial {
	if x.denied != nil {
		return x.denied
	}
	if target := r.URL.RequestURI(); target != "*" {
		path, query, _ := strings.Cut(target, "?")
		if fault := PathFault(path, false); fault != "" {
			return &Denial{Status: http.StatusBadRequest, Reason: "the path " + fault}
		} else if strings.ContainsAny(query, "\\# ") {
			return &Denial{Status: http.StatusBadRequest, Reason: "the query is not in its usual form"}
		}
	}
	r.Trailer = nil // it comes when the request has left
	j, d := x.p.cfg.Guard.Request(r, &x.f)
	if d != nil {
		return d
	}
	var body []byte
	if max := j.MaxBody(); max > 0 {
		if body, d = x.heldBody(r, max); d != nil {
			return d
		}
	}
	if d := j.Send(x.client, r, body); d != nil {
		return d
	}
	x.judgement = j
	return nil
}

// maxHolding bounds the bytes of all bodies that wait for the guard, before they are decoded.
const maxHolding = 64 << 20

// errNoRoom ends a body that would exceed maxHolding.
var errNoRoom = errors.New("too many bodies wait to be judged")

// holder reads a body into memory that x holds, or streams it if x is nil.
type holder struct {
	io.ReadCloser
	x *exchange
}

func (h *holder) Read(p []byte) (int, error) {
	n, err := h.ReadCloser.Read(p)
	if h.x == nil {
		return n, err
	}
	if !h.x.p.holding.TryAcquire(int64(n)) {
		h.x.noRoom = true
		return 0, errNoRoom
	}
	h.x.holding += int64(n)
	return n, err
}

// letGo ends what x holds.
func (x *exchange) letGo() {
	x.p.holding.Release(x.holding)
	x.holding = 0
}

// judgeAnswer decides on an answer.
func (x *exchange) judgeAnswer(resp *http.Response) *Denial {
	held := &holder{resp.Body, x}
	if resp.StatusCode >= 200 {
		resp.Body = held
	}
	d := x.judgement.Answer(resp)
	held.x = nil
	if resp.Body == held {
		resp.Body = held.ReadCloser
	}
	return x.orNoRoom(d)
}

// orNoRoom returns the denial d, or why there was no room for the body.
func (x *exchange) orNoRoom(d *Denial) *Denial {
	if !x.noRoom {
		return d
	}
	return &Denial{Status: http.StatusServiceUnavailable, Reason: errNoRoom.Error(), RetryAfter: time.Second}
}

// heldBody reads and records the body of a request, which then has a length.
func (x *exchange) heldBody(r *http.Request, max int64) ([]byte, *Denial) {
	if r.Body == nil || r.Body == http.NoBody {
		return []byte{}, nil
	}
	large := &Denial{Status: http.StatusRequestEntityTooLarge, Reason: fmt.Sprintf("the body has more than the %d bytes that are judged", max)}
	if r.ContentLength > max {
		return nil, large
	}
	body, err := io.ReadAll(io.LimitReader(&holder{r.Body, x}, max+1))
	switch {
	case int64(len(body)) > max:
		return nil, large
	case err != nil:
		return nil, x.orNoRoom(&Denial{Status: http.StatusBadRequest, Reason: errSending.Error()})
	case r.ContentLength < 0:
		x.clientHeads.Resume()
	}
	if !x.req.isWhole() { // else it was recorded before a rule changed it
		x.req.write(body)
		x.req.end()
	}
	r.ContentLength, r.TransferEncoding = int64(len(body)), nil
	r.Body = &replacedBody{bytes.NewReader(body), r.Body}
	if len(body) == 0 {
		r.Body = http.NoBody
	}
	return body, nil
}

// deny ends an exchange, and returns the answer to the client.
func (x *exchange) deny(r *http.Request, d *Denial, failure string) *http.Response {
	if r.ContentLength == 0 {
		x.req.end()
	}
	x.finish(errors.New(failure))
	return d.response()
}

// failure returns the Err of a flow whose request was not sent.
func (d *Denial) failure() string {
	if d.Pending != "" {
		return d.Reason
	}
	return flow.Denial{Rule: cmp.Or(d.Rule, flow.ByProxy), Operation: d.Operation, Reason: d.Reason}.String()
}

// response returns the answer to a client: problem details (RFC 9457).
func (d *Denial) response() *http.Response {
	status := cmp.Or(d.Status, http.StatusForbidden)
	body, _ := json.Marshal(struct { // fails for no value
		Type    string `json:"type"`
		Title   string `json:"title"`
		Status  int    `json:"status"`
		Detail  string `json:"detail"`
		Allowed string `json:"allowed,omitempty"`
		Pending string `json:"pending,omitempty"`
	}{"about:blank", http.StatusText(status), status, d.Reason, d.Allowed, d.Pending})
	printable := strings.Map(func(c rune) rune { // RFC 9651, section 3.3.3
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return '\''
		}
		return c
	}, d.Reason)
	resp := ownResponse(status, "application/problem+json; charset=utf-8", "http_request_denied; details=\""+printable+"\"", string(body))
	if d.RetryAfter > 0 {
		resp.Header.Set("Retry-After", strconv.FormatInt(int64((d.RetryAfter+time.Second-1)/time.Second), 10))
	}
	return resp
}
