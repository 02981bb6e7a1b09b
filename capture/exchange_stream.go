package capture

import (
	"context"
	"time"

	"github.com/spectap/spectap/flow"
)

// A stream is recorded periodically: after firstFollow, then at intervals that double up to
// maxFollow.
const (
	firstFollow = 2 * time.Second
	maxFollow   = time.Minute
)

// follow starts the periodic recording of a response that may take long.
func (x *exchange) follow() {
	if !x.recorded {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.ended {
		x.streamed = -1 // the header is new, too
		x.p.open.Store(x.f.ID, x)
		x.pause = x.p.cfg.timeouts.follow
		x.stream = time.AfterFunc(x.pause, x.progress)
	}
}

// progress records the response so far, if it has grown, and waits for more.
func (x *exchange) progress() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ended {
		return
	}
	if x.recordSoFar() {
		x.pause = min(2*x.pause, maxFollow)
	}
	x.stream.Reset(x.pause)
}

// RecordProgress records the present state of a response that may take long, if it has grown since
// it was recorded last. It is for readers that do not want to wait for the next periodic record. It
// reports whether the sink got a new state.
func (p *Proxy) RecordProgress(id flow.ID) bool {
	v, ok := p.open.Load(id)
	if !ok {
		return false
	}
	x := v.(*exchange)
	x.mu.Lock()
	defer x.mu.Unlock()
	return !x.ended && x.recordSoFar()
}

// recordSoFar records the response so far, if it has grown. The caller holds mu.
func (x *exchange) recordSoFar() bool {
	f, answer := x.f, *x.f.Response
	f.Took = time.Since(f.Started)
	f.Request.Body, answer.Body = x.req.peek(), x.res.peek()
	f.Response = &answer
	if t := x.messages; t != nil {
		f.Messages = t.messages()
	}
	n := f.Request.Body.Size + answer.Body.Size
	if n <= x.streamed {
		return false
	}
	x.streamed = n
	if err := x.p.cfg.Sink.Record(context.Background(), f); err != nil {
		x.p.log.Debug("record stream", "host", f.Request.Authority, "err", err)
	}
	return true
}
