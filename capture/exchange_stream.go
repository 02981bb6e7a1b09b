package capture

import (
	"context"
	"time"
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
		x.pause = x.p.cfg.timeouts.follow
		x.stream = time.AfterFunc(x.pause, x.progress)
	}
}

// progress records the response so far, if it has grown.
func (x *exchange) progress() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ended {
		return
	}
	f, answer := x.f, *x.f.Response
	f.Took = time.Since(f.Started)
	f.Request.Body, answer.Body = x.req.peek(), x.res.peek()
	f.Response = &answer
	if t := x.messages; t != nil {
		f.Messages = t.messages()
	}
	if n := f.Request.Body.Size + answer.Body.Size; n > x.streamed {
		x.streamed = n
		if err := x.p.cfg.Sink.Record(context.Background(), f); err != nil {
			x.p.log.Debug("record stream", "host", f.Request.Authority, "err", err)
		}
		x.pause = min(2*x.pause, maxFollow)
	}
	x.stream.Reset(x.pause)
}
