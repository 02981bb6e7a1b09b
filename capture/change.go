package capture

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/flow"
)

// Changer decides how exchanges are changed. Its methods are called from many goroutines.
type Changer interface {
	// Idle reports whether Change would return nil for every request now. It must be fast: the
	// proxy calls it first, to save the work of preparing a call of Change.
	Idle() bool
	// Change returns the changes of a request to an absolute URL and of its response, or nil. f is
	// the exchange as recorded so far, which must not be changed.
	Change(url string, f *flow.Flow) *Change
}

// Side changes the request or the response of an exchange. Its functions may be nil.
type Side struct {
	// Refuse, unless "", prevents sending the message on. The client gets 403 instead. It is the
	// reason, for the client and the flow's Err.
	Refuse string
	// Fail does so too, but closes the client's connection.
	Fail string
	// Delay is the time to wait before the message is forwarded.
	Delay time.Duration
	// Header changes a header, and reports whether it did.
	Header func(h http.Header) bool
	// Body returns the new body without content encoding, or false to keep the body. It gets the
	// encoded body, of at most MaxBody bytes. It is not called for requests without a length, and
	// for responses that stream, are partial or do not end in time.
	Body func(h http.Header, body []byte) ([]byte, bool)
	// Hold blocks the message, and may change it. It returns the change, or drop if the client's
	// connection is to be closed instead. It comes after the other changes.
	Hold func(ctx context.Context, m *Held) (changed flow.Change, drop bool)
}

// Change changes one exchange. Its functions may be nil, and are called from one goroutine at a
// time. If one panics, its change is skipped, or the exchange is denied if the proxy has a guard.
type Change struct {
	Request, Response Side
	// Answer, unless nil, is sent to the client instead of asking the upstream, and recorded. Its
	// body is read once.
	Answer func() *http.Response
	// Status, unless 0, replaces the status of the response.
	Status int
	// Answered is called when the head of the response is known. It may set what concerns
	// responses.
	Answered func(f *flow.Flow)
	// Applied returns the names of the rules that had an effect so far, for the tags of the flow.
	Applied func() []string
	// MaxBody bounds the bodies that are changed, in bytes.
	MaxBody int64
	// Skipped is called if a body could not be passed to its function, or if a function panics.
	Skipped func()
}

// gatherTime bounds the wait for the end of a response that is to be changed, since some never end.
const gatherTime = 3 * time.Second

// blocked returns the failure that the client gets for a blocked request.
func blocked(why string) failure {
	return failure{http.StatusForbidden, "http_request_denied", "the upstream: " + why}
}

// changeRequest changes a request after its header was recorded, and sets the changes of its
// response.
func (x *exchange) changeRequest(r *http.Request, t target) {
	p := x.p
	if p.cfg.Changer == nil || p.cfg.Changer.Idle() {
		return
	}
	path := pathOf(r)
	if !p.cfg.Scope.Records(t.scheme, t.authority, path) {
		return
	}
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	c := p.cfg.Changer.Change(t.scheme+"://"+t.authority+path, &x.f)
	if x.change = c; c == nil {
		return
	}
	x.noteRules()
	if c.Request.Fail != "" {
		x.abort(c.Request.Fail)
	}
	if c.Request.Refuse != "" {
		return
	}
	x.wait(c.Request.Delay)
	if c.Answer != nil {
		return
	}
	body, sent, why := x.bodyToChange(r, c)
	if why == "" && c.Request.Body != nil && len(body) > 0 {
		if changed, ok := p.changedBody(c, c.Request.Body, r.Header, body); ok {
			body = changed
			x.f.Request.Changed |= flow.BodyChanged
		}
	}
	if c.Request.Header != nil { // after the body, which the header describes
		p.guarded(c, func() {
			if c.Request.Header(r.Header) {
				x.f.Request.Changed |= flow.HeaderChanged
			}
		})
	}
	if c.Request.Hold != nil {
		m := &Held{Method: r.Method, Target: path, Header: r.Header, Body: body, NoBody: why}
		x.f.Request.Changed |= x.hold(c, c.Request.Hold, m)
		if x.f.Request.Changed&flow.StartChanged != 0 {
			setTarget(r, m)
		}
		body = m.Body
	}
	if why == "" && (sent != nil || len(body) > 0) {
		x.replaceBody(r, sent, body)
	}
	x.noteRules()
}

// bodyToChange reads the body of a request that is to be changed. sent is the body before the
// change, nil for a request without one. why says why the body could not be read.
func (x *exchange) bodyToChange(r *http.Request, c *Change) (body, sent []byte, why string) {
	switch {
	case c.Request.Body == nil && c.Response.Body == nil && c.Request.Hold == nil:
		return nil, nil, "nothing asks for it"
	case upgradeProtocol(r.Header) != "": // the messages that follow are not bodies
		if c.Request.Body != nil || c.Response.Body != nil {
			c.skipped()
		}
		return nil, nil, "there is none"
	case c.Request.Body == nil && c.Request.Hold == nil, r.ContentLength == 0:
		return nil, nil, ""
	case r.ContentLength < 0 || r.ContentLength > c.MaxBody || streams(r.Header):
		if c.Request.Body != nil {
			c.skipped()
		}
		return nil, nil, "it has no known length, or is too long"
	}
	body, err := io.ReadAll(r.Body)
	if err != nil { // the client has left; sending the request reports the error
		r.Body = &replacedBody{io.MultiReader(bytes.NewReader(body), errorReader{err}), r.Body}
		return nil, nil, "it was not received"
	}
	return body, body, ""
}

// replaceBody sets the body of a request that was read. If it has changed, the body as sent is
// recorded.
func (x *exchange) replaceBody(r *http.Request, sent, body []byte) {
	if x.f.Request.Changed&flow.BodyChanged != 0 {
		x.req.write(sent)
		x.req.end()
		r.ContentLength = int64(len(body))
	}
	r.Body = &replacedBody{bytes.NewReader(body), r.Body}
	if len(body) == 0 {
		r.Body = http.NoBody
	}
}

// setTarget sets the method and the target of a request that a person edited.
func setTarget(r *http.Request, m *Held) {
	u, err := url.ParseRequestURI(m.Target)
	if err != nil {
		return
	}
	r.Method, r.RequestURI = m.Method, m.Target
	r.URL.Opaque, r.URL.Path, r.URL.RawPath, r.URL.RawQuery = "", u.Path, u.RawPath, u.RawQuery
}

// changeResponse changes a response after its recording was set up.
func (x *exchange) changeResponse(r *http.Request, resp *http.Response) {
	c, p := x.change, x.p
	if c == nil {
		return
	}
	x.holdEnd()
	defer x.releaseEnd()
	defer x.noteRules()
	if c.Response.Header != nil {
		p.guarded(c, func() {
			if c.Response.Header(resp.Header) {
				x.noteChanged(flow.HeaderChanged)
			}
		})
	}
	if c.Status != 0 && c.Status != resp.StatusCode {
		setStatus(r, resp, c.Status)
		x.noteChanged(flow.StartChanged)
	}
	if c.Response.Body == nil && c.Response.Hold == nil {
		x.wait(c.Response.Delay)
		return
	}
	body, g := x.gatherResponse(r, resp, c)
	why := ""
	if g == nil {
		why = "there is none, it has no end yet, or it is too long"
	}
	set := func(changed []byte) {
		x.noteChanged(flow.BodyChanged)
		g.held, body = changed, changed
		if len(resp.Trailer) > 0 { // HTTP/1.1 has trailers only in chunked bodies
			resp.Header.Del("Content-Length")
		}
	}
	if c.Response.Body != nil && len(body) > 0 {
		if changed, ok := p.changedBody(c, c.Response.Body, resp.Header, body); ok {
			set(changed)
		}
	}
	x.wait(c.Response.Delay)
	if c.Response.Hold != nil {
		m := &Held{Status: resp.StatusCode, Header: resp.Header, Body: body, NoBody: why}
		changed := x.hold(c, c.Response.Hold, m)
		x.noteChanged(changed)
		if changed&flow.StartChanged != 0 {
			setStatus(r, resp, m.Status)
		}
		if changed&flow.BodyChanged != 0 {
			set(m.Body)
		}
	}
}

// gatherResponse reads the body of a response that is to be changed. g is nil if the body was not
// read to its end.
func (x *exchange) gatherResponse(r *http.Request, resp *http.Response, c *Change) (body []byte, g *readAhead) {
	if resp.ContentLength == 0 || r.Method == http.MethodHead ||
		resp.StatusCode == http.StatusNoContent || resp.StatusCode == http.StatusNotModified {
		return nil, nil
	}
	if resp.ContentLength > c.MaxBody || resp.StatusCode == http.StatusPartialContent || streams(resp.Header) {
		c.notGathered()
		return nil, nil
	}
	g = gather(resp.Body)
	body, complete := g.collect(c.MaxBody, x.p.cfg.timeouts.gather)
	resp.Body = g
	if !complete {
		c.notGathered()
		return nil, nil
	}
	return body, g
}

// notGathered counts a body that was to be changed and could not be read.
func (c *Change) notGathered() {
	if c.Response.Body != nil {
		c.skipped()
	}
}

// setStatus changes the status of a response. One that had no body for its status gets an empty
// one.
func setStatus(r *http.Request, resp *http.Response, status int) {
	if r.Method != http.MethodHead && (resp.StatusCode == http.StatusNoContent || resp.StatusCode == http.StatusNotModified) {
		resp.Header.Set("Content-Length", "0")
	}
	resp.StatusCode, resp.Status = status, ""
}

// noteChanged marks the response as changed.
func (x *exchange) noteChanged(parts flow.Change) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.ended { // else the sink has it
		x.f.Response.Changed |= parts
	}
}

// changedBody returns the changed body and adapts the header to it.
func (p *Proxy) changedBody(c *Change, f func(http.Header, []byte) ([]byte, bool), h http.Header, body []byte) (out []byte, ok bool) {
	p.guarded(c, func() { out, ok = f(h, body) })
	if !ok {
		return nil, false
	}
	describeBody(h, len(out))
	return out, true
}

// describeBody adapts a header to a changed body.
func describeBody(h http.Header, size int) {
	// Digests describe the earlier body (RFC 9530; Content-MD5 and Digest are its predecessors).
	for _, name := range []string{"Content-Encoding", "Content-Digest", "Repr-Digest", "Digest", "Content-Md5"} {
		h.Del(name)
	}
	h.Set("Content-Length", strconv.Itoa(size))
}

// guarded calls f, and logs and counts a panic. With a guard, a panic ends the exchange instead.
func (p *Proxy) guarded(c *Change, f func()) {
	if p.cfg.Guard != nil {
		f()
		return
	}
	defer func() {
		if v := recover(); v != nil {
			p.stats.panics.Add(1)
			p.log.Error("panic while changing an exchange", "panic", v, "stack", string(debug.Stack()))
			c.skipped()
		}
	}()
	f()
}

func (c *Change) skipped() {
	if c.Skipped != nil {
		c.Skipped()
	}
}

// streams reports whether a message is a stream whose reader waits for each piece.
func streams(h http.Header) bool {
	media, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	switch media {
	case "text/event-stream", "application/x-ndjson", "application/jsonl", "application/json-seq", "multipart/x-mixed-replace":
		return true
	}
	return strings.HasPrefix(media, "application/grpc") || strings.HasPrefix(media, "application/connect+")
}

// replacedBody reads a new body and closes the body that it replaces.
type replacedBody struct {
	io.Reader
	io.Closer
}

// errorReader ends a body with an error.
type errorReader struct{ err error }

func (l errorReader) Read([]byte) (int, error) { return 0, l.err }

// readAhead reads a body ahead of its reader, so that the reader can stop waiting for its end.
type readAhead struct {
	body   io.ReadCloser
	chunks chan []byte   // closed at the end
	left   chan struct{} // closed when the reader has stopped
	leave  sync.Once
	err    error  // the error at the end, valid once chunks is closed
	held   []byte // bytes from chunks that Read has not returned yet
}

func gather(body io.ReadCloser) *readAhead {
	g := &readAhead{body: body, chunks: make(chan []byte), left: make(chan struct{})}
	go g.run()
	return g
}

func (g *readAhead) run() {
	defer close(g.chunks)
	for {
		buf := make([]byte, copySize)
		n, err := g.body.Read(buf)
		if n > 0 {
			select {
			case g.chunks <- buf[:n]:
			case <-g.left:
				g.err = errClosed
				return
			}
		}
		if err != nil {
			g.err = err
			return
		}
	}
}

// collect returns the complete body if it ends within max bytes and before the timeout. Read
// returns the bytes that collect has read.
func (g *readAhead) collect(max int64, patience time.Duration) (body []byte, complete bool) {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		select {
		case chunk, more := <-g.chunks:
			if !more {
				return g.held, g.err == io.EOF
			}
			g.held = append(g.held, chunk...)
			if int64(len(g.held)) > max {
				return nil, false
			}
		case <-late.C:
			return nil, false
		}
	}
}

func (g *readAhead) Read(b []byte) (int, error) {
	if len(g.held) == 0 {
		chunk, more := <-g.chunks
		if !more {
			return 0, g.err
		}
		g.held = chunk
	}
	n := copy(b, g.held)
	g.held = g.held[n:]
	return n, nil
}

func (g *readAhead) Close() error {
	g.leave.Do(func() { close(g.left) })
	return g.body.Close()
}
