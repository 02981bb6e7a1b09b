package capture

import (
	"bytes"
	"io"
	"mime"
	"net/http"
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
	// Change returns the changes of a request to an absolute URL and of its response, or nil for
	// none.
	Change(method, url string) *Change
}

// Change changes one exchange. Its functions may be nil, and are called from one goroutine at a
// time. If one panics, its change is skipped.
type Change struct {
	// Refuse, unless "", prevents sending the request, and Withhold prevents forwarding the
	// response. The client gets 403 instead. Both are the reason, for the client and the flow's
	// Err.
	Refuse, Withhold string
	// Request and Response change a header, and report whether they did.
	Request, Response func(h http.Header) bool
	// RequestBody and ResponseBody return the new body without content encoding, or false to keep
	// the body. They get the encoded body, of at most MaxBody bytes. They are not called for
	// requests without a length, and for responses that stream, are partial or do not end in time.
	RequestBody, ResponseBody func(h http.Header, body []byte) ([]byte, bool)
	MaxBody                   int64
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
	u := t.scheme + "://" + t.authority + path
	if r.URL.RawQuery != "" {
		u += "?" + r.URL.RawQuery
	}
	c := p.cfg.Changer.Change(r.Method, u)
	if x.change = c; c == nil || c.Refuse != "" {
		return
	}
	if upgradeProtocol(r.Header) != "" { // the messages that follow are not bodies
		if c.RequestBody != nil || c.ResponseBody != nil {
			c.skipped()
		}
	} else if c.RequestBody != nil && r.ContentLength != 0 {
		x.changeRequestBody(r, c)
	}
	if c.Request != nil { // after the body, which the header describes
		p.guarded(c, func() {
			if c.Request(r.Header) {
				x.f.Request.Changed |= flow.HeaderChanged
			}
		})
	}
}

// changeRequestBody changes a body. If it succeeds, it records the body as the client sent it.
func (x *exchange) changeRequestBody(r *http.Request, c *Change) {
	if r.ContentLength < 0 || r.ContentLength > c.MaxBody || streams(r.Header) {
		c.skipped()
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil { // the client has left; sending the request reports the error
		r.Body = &replacedBody{io.MultiReader(bytes.NewReader(body), errorReader{err}), r.Body}
		return
	}
	if changed, ok := x.p.changedBody(c, c.RequestBody, r.Header, body); ok {
		x.req.write(body)
		x.req.end()
		x.f.Request.Changed |= flow.BodyChanged
		body = changed
		r.ContentLength = int64(len(body))
	}
	r.Body = &replacedBody{bytes.NewReader(body), r.Body}
	if len(body) == 0 {
		r.Body = http.NoBody
	}
}

// changeResponse changes a response after its recording was set up.
func (x *exchange) changeResponse(r *http.Request, resp *http.Response) {
	c, p := x.change, x.p
	if c == nil {
		return
	}
	if c.Response != nil {
		p.guarded(c, func() {
			if c.Response(resp.Header) {
				x.noteChanged(flow.HeaderChanged)
			}
		})
	}
	if c.ResponseBody == nil || resp.ContentLength == 0 || r.Method == http.MethodHead ||
		resp.StatusCode == http.StatusNoContent || resp.StatusCode == http.StatusNotModified {
		return
	}
	if resp.ContentLength > c.MaxBody || resp.StatusCode == http.StatusPartialContent || streams(resp.Header) {
		c.skipped()
		return
	}
	x.holdEnd()
	defer x.releaseEnd()
	g := gather(resp.Body)
	body, whole := g.collect(c.MaxBody, p.cfg.timeouts.gather)
	resp.Body = g
	if !whole {
		c.skipped()
		return
	}
	if changed, ok := p.changedBody(c, c.ResponseBody, resp.Header, body); ok {
		x.noteChanged(flow.BodyChanged)
		g.held = changed
		if len(resp.Trailer) > 0 { // HTTP/1.1 has trailers only in chunked bodies
			resp.Header.Del("Content-Length")
		}
	}
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
	// Digests describe the earlier body (RFC 9530; Content-MD5 and Digest are its predecessors).
	for _, name := range []string{"Content-Encoding", "Content-Digest", "Repr-Digest", "Digest", "Content-Md5"} {
		h.Del(name)
	}
	h.Set("Content-Length", strconv.Itoa(len(out)))
	return out, true
}

// guarded calls f, and logs and counts a panic.
func (p *Proxy) guarded(c *Change, f func()) {
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

// collect returns the whole body if it ends within max bytes and before the timeout. Read returns
// the bytes that collect has read.
func (g *readAhead) collect(max int64, patience time.Duration) (body []byte, whole bool) {
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
