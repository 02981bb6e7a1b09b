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
)

// Changer says what is to be changed. It is called from many goroutines.
type Changer interface {
	// Idle says that there is nothing to be changed for now, which saves finding out what to ask Change.
	Idle() bool
	// Change returns what is to be changed of a request to a whole URL and of its answer; nil is nothing.
	Change(method, url string) *Change
}

// Change is what is done to one exchange. Its functions may be nil; they are called from one goroutine at a time. One
// that panics is left out, and the proxy goes on.
type Change struct {
	// Refuse, unless "", keeps the request from being sent, and Withhold the answer from being passed on: the client
	// gets 403 instead. They say why, to the client and in the flow's Err.
	Refuse, Withhold string
	// Request and Response change a header.
	Request, Response func(h http.Header)
	// RequestBody and ResponseBody return the whole body as it is to be, without content encoding, and false to leave
	// it as it is. They are given bodies of MaxBody bytes at most, as they are encoded. Requests without a length, and
	// answers that stream, are parts or do not end in time, are left alone.
	RequestBody, ResponseBody func(h http.Header, body []byte) ([]byte, bool)
	MaxBody                   int64
	// Skipped is called for a body that could not be given to its function, or when one panics.
	Skipped func()
}

// gatherTime is how long the end of an answer is awaited that is to be changed: it may be one that never ends.
const gatherTime = 3 * time.Second

// blocked is what the client gets for a request that is blocked.
func blocked(why string) failure {
	return failure{http.StatusForbidden, "http_request_denied", "the upstream: " + why}
}

// changeRequest changes a request before it is recorded, and returns what is left to be done.
func (p *Proxy) changeRequest(r *http.Request, t target) *Change {
	if p.cfg.Changer == nil || p.cfg.Changer.Idle() {
		return nil
	}
	path := pathOf(r)
	if !p.cfg.Scope.Records(t.scheme, t.authority, path) {
		return nil
	}
	u := t.scheme + "://" + t.authority + path
	if r.URL.RawQuery != "" {
		u += "?" + r.URL.RawQuery
	}
	c := p.cfg.Changer.Change(r.Method, u)
	if c == nil || c.Refuse != "" {
		return c
	}
	if c.Request != nil {
		p.guarded(c, func() { c.Request(r.Header) })
	}
	if upgrade(r.Header) != "" { // the messages that follow are no bodies
		if c.RequestBody != nil || c.ResponseBody != nil {
			c.skipped()
		}
		return c
	}
	if c.RequestBody == nil || r.ContentLength == 0 {
		return c
	}
	if r.ContentLength < 0 || r.ContentLength > c.MaxBody || streams(r.Header) {
		c.skipped()
		return c
	}
	body, err := io.ReadAll(r.Body)
	if err != nil { // the client went away: who sends the request is told so
		r.Body = &replaced{io.MultiReader(bytes.NewReader(body), lastly{err}), r.Body}
		return c
	}
	if changed, ok := p.changedBody(c, c.RequestBody, r.Header, body); ok {
		body = changed
		r.ContentLength = int64(len(body))
	}
	r.Body = &replaced{bytes.NewReader(body), r.Body}
	if len(body) == 0 {
		r.Body = http.NoBody
	}
	return c
}

// changeAnswer changes an answer whose recording is set up.
func (x *exchange) changeAnswer(r *http.Request, resp *http.Response) {
	c, p := x.change, x.p
	if c == nil {
		return
	}
	if c.Response != nil {
		p.guarded(c, func() { c.Response(resp.Header) })
	}
	if c.ResponseBody == nil || resp.ContentLength == 0 || r.Method == http.MethodHead ||
		resp.StatusCode == http.StatusNoContent || resp.StatusCode == http.StatusNotModified {
		return
	}
	if resp.ContentLength > c.MaxBody || resp.StatusCode == http.StatusPartialContent || streams(resp.Header) {
		c.skipped()
		return
	}
	g := gather(resp.Body)
	body, whole := g.collect(c.MaxBody, p.cfg.timeouts.gather)
	resp.Body = g
	if !whole {
		c.skipped()
		return
	}
	if changed, ok := p.changedBody(c, c.ResponseBody, resp.Header, body); ok {
		g.held = changed
		resp.ContentLength = int64(len(changed))
		if len(resp.Trailer) > 0 { // HTTP/1.1 has trailers in chunked bodies alone
			resp.ContentLength = -1
			resp.Header.Del("Content-Length")
		}
	}
}

// changedBody returns a body as it is to be, and makes the header fit it.
func (p *Proxy) changedBody(c *Change, f func(http.Header, []byte) ([]byte, bool), h http.Header, body []byte) (out []byte, ok bool) {
	p.guarded(c, func() { out, ok = f(h, body) })
	if !ok {
		return nil, false
	}
	// Digests are of what was there before (RFC 9530; Content-MD5 and Digest are its forebears).
	for _, name := range []string{"Content-Encoding", "Content-Digest", "Repr-Digest", "Digest", "Content-Md5"} {
		h.Del(name)
	}
	h.Set("Content-Length", strconv.Itoa(len(out)))
	return out, true
}

// guarded calls f, and makes little of a panic.
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

// streams says of a message that its parts are waited for one by one.
func streams(h http.Header) bool {
	media, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	switch media {
	case "text/event-stream", "application/x-ndjson", "application/jsonl", "application/json-seq", "multipart/x-mixed-replace":
		return true
	}
	return strings.HasPrefix(media, "application/grpc") || strings.HasPrefix(media, "application/connect+")
}

// replaced is another body in the place of one, which it closes.
type replaced struct {
	io.Reader
	io.Closer
}

// lastly ends a body with an error.
type lastly struct{ err error }

func (l lastly) Read([]byte) (int, error) { return 0, l.err }

// gathered is a body that is read ahead of its reader, so that waiting for its end can be given up.
type gathered struct {
	body   io.ReadCloser
	chunks chan []byte   // closed at the end
	left   chan struct{} // closed when nobody reads any more
	leave  sync.Once
	err    error  // of the end, to be read once chunks is closed
	held   []byte // what was taken from chunks and not yet read
}

func gather(body io.ReadCloser) *gathered {
	g := &gathered{body: body, chunks: make(chan []byte), left: make(chan struct{})}
	go g.run()
	return g
}

func (g *gathered) run() {
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

// collect returns the body if it ends within max bytes and in time. What it took is held for Read.
func (g *gathered) collect(max int64, patience time.Duration) (body []byte, whole bool) {
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

func (g *gathered) Read(b []byte) (int, error) {
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

func (g *gathered) Close() error {
	g.leave.Do(func() { close(g.left) })
	return g.body.Close()
}
