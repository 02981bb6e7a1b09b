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

// getRequest returns the request to a source and its revision, 0 if there is none.
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

// asker asks for what is missing, again and again until it comes: what is sent again may be lost
// again. Its methods are safe for concurrent use.
type asker struct {
	log   Log
	pause time.Duration // between the first two requests

	mu   sync.Mutex
	gaps map[string]*gap // by source; guarded by mu
}

type gap struct {
	after uint64
	due   time.Time
	pause time.Duration
}

// longestAsk is the longest time between two requests, in first pauses.
const longestAsk = 64

func newAsker(l Log, pause time.Duration) *asker {
	return &asker{log: l, pause: pause, gaps: map[string]*gap{}}
}

// missing notes that a source's numbers after one are missing.
func (a *asker) missing(source string, after uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if g := a.gaps[source]; g == nil || g.after != after {
		a.gaps[source] = &gap{after: after, pause: a.pause}
	}
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
