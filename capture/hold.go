package capture

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/pause"
)

// Held is a message that [Side.Hold] may edit.
type Held struct {
	Method, Target string      // of a request
	Status         int         // of a response; 0 for a request
	Header         http.Header // without what concerns one connection
	Body           []byte      // encoded as Header says
	NoBody         string      // why Body is not known and must stay, "" if it is
}

// hold blocks a message, and returns its change. If a person drops the message, it ends the
// exchange.
func (x *exchange) hold(c *Change, f func(context.Context, *Held) (flow.Change, bool), m *Held) (changed flow.Change) {
	drop := false
	x.p.guarded(c, func() { changed, drop = f(x.client, m) })
	x.noteRules()
	if drop {
		x.abort("a person dropped it")
	}
	if changed&flow.BodyChanged != 0 {
		describeBody(m.Header, len(m.Body))
	}
	return changed
}

// abort ends an exchange for a reason, and closes the client's connection.
func (x *exchange) abort(why string) {
	x.finish(errors.New(why))
	panic(http.ErrAbortHandler)
}

// wait waits for a time, or until the client leaves.
func (x *exchange) wait(d time.Duration) {
	if d > 0 {
		_ = pause.For(x.client, d)
	}
}

// noteRules tags the flow with the rules that had an effect so far.
func (x *exchange) noteRules() {
	c := x.change
	if c.Applied == nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ended {
		return
	}
	for _, id := range c.Applied() {
		x.f.Tags = flow.AddRule(x.f.Tags, id)
	}
}

// answerByRule returns the answer of a rule, which is recorded like one of the upstream.
func (x *exchange) answerByRule(r *http.Request) *http.Response {
	x.reached.Store(true) // the rest of the request counts as sent
	if r.Body != nil {
		io.Copy(io.Discard, io.LimitReader(r.Body, int64(x.p.cfg.MaxBody)))
	}
	x.sent()
	resp := x.change.Answer()
	if resp.ContentLength >= 0 {
		resp.Header.Set("Content-Length", strconv.FormatInt(resp.ContentLength, 10))
	}
	x.mu.Lock()
	x.f.Response = &flow.Response{Status: resp.StatusCode, Proto: r.Proto, Header: flow.HeaderOf(resp.Header)}
	x.mu.Unlock()
	if r.Method == http.MethodHead {
		resp.Body = http.NoBody
	}
	x.tapResponse(r, resp)
	return resp
}

// decideAnswered applies the rules for a response whose head is known. If a rule fails the
// exchange, it ends it.
func (x *exchange) decideAnswered(c *Change, resp *http.Response) {
	if c.Answered != nil {
		x.mu.Lock()
		f := x.f
		x.mu.Unlock()
		x.p.guarded(c, func() { c.Answered(&f) })
	}
	x.noteRules()
	if c.Response.Fail != "" {
		resp.Body.Close()
		x.abort(c.Response.Fail)
	}
}
