package relay

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Limits of an [Awaiter].
const (
	// patience is how long it waits for a source that does not answer.
	patience = 10 * time.Second
	// pingAgain is the time between two questions to a source.
	pingAgain = 3 * time.Second
	// gone is the age of a status after which its source is not asked.
	gone = time.Hour
)

// Awaiter finds out whether a follower has all that the sources of a log have recorded. It asks the
// sources for their newest number: an earlier status misses later flows, and flows that could not
// be reported without a connection. Its methods must not be called at the same time.
type Awaiter struct {
	log   Log
	nonce string
	asked map[string]question // by source
	mute  bool                // the credentials do not allow questions
}

// question is when a source was asked.
type question struct{ first, last time.Time }

// NewAwaiter returns an awaiter. nonce is a text that no other awaiter uses.
func NewAwaiter(l Log, nonce string) *Awaiter {
	return &Awaiter{log: l, nonce: nonce, asked: map[string]question{}}
}

// Missing returns the sources that have recorded more than a follower with some marks has, or that
// have not answered yet. silent are the sources that do not answer: they were killed, or have no
// connection, and may have more. Call it again while sources are missing.
func (a *Awaiter) Missing(ctx context.Context, marks map[string]uint64, now time.Time) (missing, silent []string, err error) {
	list, err := Statuses(ctx, a.log)
	if err != nil {
		return nil, nil, err
	}
	for i := range list {
		s := &list[i]
		answered := s.Ended || s.Pong == a.nonce || a.mute || now.Sub(s.At) > gone
		switch {
		case marks[s.Source] < s.Recorded:
			missing = append(missing, s.Source)
		case !answered && (a.asked[s.Source].first.IsZero() || now.Sub(a.asked[s.Source].first) < patience):
			missing = append(missing, s.Source)
		case !answered:
			silent = append(silent, s.Source)
		}
		q := a.asked[s.Source]
		if answered || now.Sub(q.last) < pingAgain {
			continue
		}
		switch err := a.ping(ctx, s.Source); {
		case errors.Is(err, ErrDenied):
			a.mute = true
		case errors.Is(err, ErrConflict):
		case err != nil:
			return nil, nil, err
		default:
			if q.last = now; q.first.IsZero() {
				q.first = now
			}
			a.asked[s.Source] = q
		}
	}
	return missing, silent, nil
}

// ping asks a source for its status. A request for lost flows stays.
func (a *Awaiter) ping(ctx context.Context, source string) error {
	r, revision, err := getRequest(ctx, a.log, source)
	if err != nil {
		return err
	}
	if r.Ping = a.nonce; revision == 0 {
		r.After = nothing
		return put(ctx, a.log, keyAsks+source, r)
	}
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = a.log.Put(ctx, keyAsks+source, revision, b)
	return err
}
