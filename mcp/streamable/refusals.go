package streamable

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Refused reports that a front in front of the handler refused a request, and why. It reports only
// a part of many refusals.
func (h *Handler) Refused(r *http.Request, why string) {
	if h.c.Refused == nil {
		return
	}
	if n := h.refusals.take(time.Now()); n > 1 {
		why = fmt.Sprintf("%s (and %d other requests were refused before)", why, n-1)
	} else if n == 0 {
		return
	}
	h.c.Refused(nil, fmt.Sprintf("%.60s: %s", r.Method, why))
}

// refusals counts requests of strangers, whose number the audit must not depend on.
type refusals struct {
	mu    sync.Mutex
	since time.Time
	seen  int // since then
	left  int // not written
}

// maxRefusals bounds the refusals that are written each minute.
const maxRefusals = 1000

// take returns the number of refusals that the next record summarizes, or 0 if no record is due.
func (c *refusals) take(now time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.since) > time.Minute {
		c.since, c.seen = now, 0
	}
	if c.seen++; c.seen > maxRefusals {
		c.left++
		return 0
	}
	n := c.left + 1
	c.left = 0
	return n
}
