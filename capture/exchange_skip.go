package capture

import (
	"net/http"

	"github.com/spectap/spectap/flow"
)

// maySkip asks Config.Skip about a request that has just arrived.
func (x *exchange) maySkip() {
	if x.p.cfg.Skip == nil {
		return
	}
	skip, decided := x.p.cfg.Skip(&x.f, false)
	x.skipped, x.undecided = skip && decided, !decided
	if x.skipped {
		x.req.max, x.res.max = 0, 0
	}
}

// decideSkip asks Config.Skip again once the head of the response is known. An exchange that stays
// has its request recorded now.
func (x *exchange) decideSkip(r *http.Request, resp *http.Response) {
	x.mu.Lock()
	waited := x.undecided && !x.ended
	if waited {
		f, answer := x.f, *x.f.Response
		answer.Body.Size = announcedSize(r, resp)
		f.Response = &answer
		x.decide(&f)
	}
	x.mu.Unlock()
	if waited {
		x.sent()
	}
}

// announcedSize returns the size of a response's body, or 1 if the size is unknown.
func announcedSize(r *http.Request, resp *http.Response) int64 {
	switch {
	case r.Method == http.MethodHead, resp.StatusCode == http.StatusNoContent,
		resp.StatusCode == http.StatusNotModified, resp.StatusCode == http.StatusSwitchingProtocols:
		return 0
	case resp.ContentLength < 0:
		return 1
	}
	return resp.ContentLength
}

// decide calls Config.Skip for the last time, and discards the recorded parts of a skipped
// exchange. The caller holds mu.
func (x *exchange) decide(f *flow.Flow) {
	x.undecided = false
	if skip, _ := x.p.cfg.Skip(f, true); !skip {
		return
	}
	x.skipped, x.res.max = true, 0
	kept := x.req.take()
	if room := x.p.room; room != nil && x.recorded {
		room.release(requestWeight(&x.f) + int64(cap(kept.Data)))
	}
	x.recorded = false
}
