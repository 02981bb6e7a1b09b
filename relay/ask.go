package relay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

// request asks the forwarder of a source for the numbers after one again, because the log lost
// them. The forwarder removes it once it sends them.
type request struct {
	After uint64 `json:"after"`
	// Ping asks it to repeat this text in its status, so that the status is one of now.
	Ping string `json:"ping,omitempty"`
}

// nothing is the number after which a request asks for nothing.
const nothing = ^uint64(0)

// getRequest returns the request to a source and its revision, or 0 if there is none.
func getRequest(ctx context.Context, l Log, source string) (request, uint64, error) {
	var r request
	v, err := getOne(ctx, l, keyAsks+source)
	if err != nil || len(v.Data) == 0 {
		return r, 0, err
	}
	if err := json.Unmarshal(v.Data, &r); err != nil {
		return r, 0, fmt.Errorf("%w: %s: %w", ErrMalformed, v.Key, err)
	}
	return r, v.Revision, nil
}

// asker asks for missing flows again and again until they come, because flows that are sent again
// may be lost again. Its methods are safe for concurrent use.
type asker struct {
	log   Log
	pause time.Duration // between the first two requests

	mu   sync.Mutex
	gaps map[string]*gap // by source; guarded by mu
}

type gap struct {
	after uint64
	next  uint64 // the number after which the log continues, or a larger one
	due   time.Time
	pause time.Duration
}

// longestAsk is the longest time between two requests, in first pauses.
const longestAsk = 64

func newAsker(l Log, pause time.Duration) *asker {
	return &asker{log: l, pause: pause, gaps: map[string]*gap{}}
}

// missing notes that a source's numbers after one, up to next, are missing. A block that continues
// them and cannot be read is missing until somebody can.
func (a *asker) missing(source string, after, next uint64) {
	if next <= after {
		next = nothing
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.gaps[source]
	if g == nil || g.after != after {
		g = &gap{after: after, next: next, pause: a.pause}
		a.gaps[source] = g
	}
	g.next = min(g.next, next)
}

// open returns the gaps, by source.
func (a *asker) open() map[string]openGap {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := map[string]openGap{}
	for source, g := range a.gaps {
		list[source] = openGap{g.after, g.next}
	}
	return list
}

// openGap is the knowledge about a gap; see [gap].
type openGap struct {
	After uint64 `json:"after"`
	Next  uint64 `json:"next"`
}

// hopeless returns the sources whose missing numbers are lost for good, with the number after which
// the log continues: workers had them, so the spool dropped them, and the log lost them.
func (a *asker) hopeless(ctx context.Context) (map[string]uint64, error) {
	lost := map[string]uint64{}
	for source, g := range a.open() {
		switch st, err := getJSON[SourceStatus](ctx, a.log, keySources+source); {
		case err != nil && !isUnreadable(err):
			return nil, err
		case err == nil && st.Dropped >= g.Next:
			lost[source] = g.Next
		}
	}
	return lost, nil
}

// still reports whether the log has nothing of a source between a gap and a number.
func (a *asker) still(source string, next uint64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.gaps[source]
	return g != nil && g.next == next
}

// filled notes that numbers of a source came.
func (a *asker) filled(source string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.gaps, source)
}

// any reports whether something is missing.
func (a *asker) any() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.gaps) > 0
}

// ask writes the requests that are due. Who may not write does not ask.
func (a *asker) ask(ctx context.Context, now time.Time) error {
	due := map[string]request{}
	a.mu.Lock()
	for source, g := range a.gaps {
		if !now.Before(g.due) {
			due[source] = request{After: g.after}
			g.due, g.pause = now.Add(g.pause), min(2*g.pause, longestAsk*a.pause)
		}
	}
	a.mu.Unlock()
	for source, r := range due {
		if err := put(ctx, a.log, keyAsks+source, r); err != nil && !errors.Is(err, ErrDenied) {
			return err
		}
	}
	return nil
}
