package capture

import (
	"context"
	"errors"
	"time"

	"github.com/spectap/spectap/flow"
)

// over ends the exchange at the end of the response body.
func (x *exchange) over(err error) {
	x.mu.Lock()
	held := x.held
	if held {
		x.heldEnds = append(x.heldEnds, err)
	}
	x.mu.Unlock()
	if held {
		return
	}
	switch {
	case errors.Is(err, errClosed):
	case err == nil && x.client.Err() == nil:
	case err == nil, errors.Is(err, context.Canceled): // the response may still be complete after the client has left
		err = errClosed
	default:
		x.fail(err)
		err = errors.New("the answer was cut off: " + classifyError(err).text)
	}
	x.finish(err)
}

// holdEnd delays the end of the exchange until releaseEnd, so that it is recorded with what becomes
// known after the body.
func (x *exchange) holdEnd() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.held = true
}

func (x *exchange) releaseEnd() {
	x.mu.Lock()
	ends := x.heldEnds
	x.held, x.heldEnds = false, nil
	x.mu.Unlock()
	for _, err := range ends {
		x.over(err)
	}
}

func (x *exchange) fail(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.failure = err
}

// isBroken reports whether the response was cut off, so that the client's must be cut off too.
func (x *exchange) isBroken() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.failure != nil
}

// finish records the current state of the exchange, with the reason if it is incomplete. Only the
// first call has an effect.
func (x *exchange) finish(err error) {
	x.mu.Lock()
	first, status := !x.ended, 0
	if first {
		x.end(err)
	}
	if x.f.Response != nil {
		status = x.f.Response.Status
	}
	x.mu.Unlock()
	if j := x.judgement; j != nil && first {
		x.p.asked(func() *Denial {
			j.End(status, err)
			return nil
		})
	}
}

// end is the first call of finish. The caller holds mu.
func (x *exchange) end(err error) {
	x.ended = true
	if x.stream != nil {
		x.stream.Stop()
		x.p.open.Delete(x.f.ID)
	}
	s := &x.p.stats
	s.active.Add(-1)
	if x.undecided {
		x.decide(&x.f)
	}
	if !x.recorded {
		x.countUnrecorded()
		return
	}
	x.f.Took = time.Since(x.f.Started)
	x.f.Done = true
	x.f.Request.Body = x.req.take()
	body := x.res.take()
	if x.f.Request.Body.Dropped {
		s.bodiesLost.Add(1)
	}
	if body.Dropped {
		s.bodiesLost.Add(1)
	}
	if t := x.messages; t != nil {
		x.f.Messages = t.messages()
		x.f.Request.Body, body = t.body(true, x.f.Request.Body.Size), t.body(false, body.Size)
		if t.hasDropped() {
			s.bodiesLost.Add(1)
		}
	}
	if x.f.Response != nil {
		x.f.Response.Body = body
		if x.trailer != nil {
			if t := x.trailer(); len(t) > 0 {
				x.f.Response.Trailer = flow.HeaderOf(t)
			}
		}
		x.reserveAnswer(x.f.Response)
	}
	if err != nil {
		x.f.Err = err.Error()
		s.failed.Add(1)
	}
	if rerr := x.record(x.f); rerr != nil {
		s.lost.Add(1)
		x.p.log.Debug("record flow", "host", x.f.Request.Authority, "err", rerr)
		return
	}
	s.flows.Add(1)
}

// reserveAnswer makes room for the header of the response, or drops it with the body.
func (x *exchange) reserveAnswer(r *flow.Response) {
	if room := x.p.room; room != nil && !room.reserve(responseWeight(&x.f), &x.res.patience) {
		room.release(int64(cap(r.Body.Data)))
		r.Header, r.Trailer, r.Body.Data, r.Body.Truncated, r.Body.Dropped = nil, nil, nil, true, true
		x.p.stats.bodiesLost.Add(1)
	}
}

// countUnrecorded counts an exchange by the reason why it is not recorded.
func (x *exchange) countUnrecorded() {
	s := &x.p.stats
	switch {
	case x.unwanted:
		s.unwanted.Add(1)
	case x.skipped:
		s.skipped.Add(1)
	default:
		s.lost.Add(1)
		x.p.room.countLost(1)
	}
}

// record passes the flow to the sink.
func (x *exchange) record(f flow.Flow) error {
	if x.p.room != nil {
		return x.p.room.commit(f)
	}
	return x.p.cfg.Sink.Record(context.Background(), f)
}
