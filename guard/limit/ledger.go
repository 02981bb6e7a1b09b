package limit

import (
	"cmp"
	"errors"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/guard/policy"
)

// Ledger counts charges. It is safe for concurrent use. The zero value counts in memory.
type Ledger struct {
	mu       sync.Mutex
	windows  map[string]*window
	reserved int      // since the last sweep
	journal  *journal // nil in memory
}

// Refusal says that a charge does not fit its limit.
type Refusal struct {
	Charge policy.Charge
	// RetryAfter is the time until enough charges have expired. It is meaningless if the charge
	// alone exceeds its limit.
	RetryAfter time.Duration
}

// Error returns the message for the caller.
func (r *Refusal) Error() string { return r.Charge.Refusal(r.RetryAfter) }

// ErrClosed is the error of a ledger that was closed.
var ErrClosed = errors.New("the ledger is closed")

// sweepAfter is the number of reservations after which counters without charges are removed.
const sweepAfter = 10_000

// Reserve counts the charges of a call, all of them or none. The error is a [*Refusal] if a limit
// is reached, and otherwise says why the reservation could not be written. After either the call
// must not be sent. Concurrent calls are serialized. If the clock goes back, charges from the
// future count until their window has passed. Charges of sessions are kept in memory only.
func (l *Ledger) Reserve(now time.Time, charges []policy.Charge) error {
	if len(charges) == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.journal != nil && l.journal.lock == nil {
		return ErrClosed
	}
	if err := l.check(now, charges); err != nil {
		return err
	}
	if l.journal != nil {
		if err := l.journal.append(now, charges); err != nil {
			return err
		}
	}
	l.add(now.UnixNano(), charges)
	if l.reserved++; l.reserved >= sweepAfter {
		l.sweep(now)
	}
	if l.journal != nil && l.journal.isDue() {
		l.sweep(now)
		l.journal.compact(l.windows)
	}
	return nil
}

// Check returns the [*Refusal] that Reserve would return now, or nil. It reserves nothing.
func (l *Ledger) Check(now time.Time, charges []policy.Charge) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.check(now, charges)
}

func (l *Ledger) check(now time.Time, charges []policy.Charge) error {
	for i, c := range charges {
		w := l.windows[c.Key]
		if w == nil {
			w = &window{}
		}
		w.expire(now.Add(-max(w.length, windowOf(&c))).UnixNano())
		used := w.within(now.Add(-windowOf(&c)).UnixNano())
		pending := policy.Amount(0) // of this call, in the same counter
		for _, d := range charges[:i] {
			if d.Key == c.Key {
				pending += d.Amount
			}
		}
		if c.Amount > c.Max || used+pending > c.Max-c.Amount {
			return &Refusal{c, w.retryAfter(now, c, used+pending)}
		}
	}
	return nil
}

func (l *Ledger) add(at int64, charges []policy.Charge) {
	if l.windows == nil {
		l.windows = map[string]*window{}
	}
	for _, c := range charges {
		w := l.windows[c.Key]
		if w == nil {
			w = &window{}
			l.windows[c.Key] = w
		}
		w.length, w.session = max(w.length, windowOf(&c)), c.Session
		w.add(at, c.Amount)
	}
}

// windowOf returns the window of a charge. In a session that is longer than all windows, the first
// calls expire.
func windowOf(c *policy.Charge) time.Duration { return cmp.Or(c.Window, policy.MaxWindow) }

// EndSession drops the counters of a session, whose keys begin with key.
func (l *Ledger) EndSession(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.windows, func(k string, w *window) bool { return w.session && strings.HasPrefix(k, key) })
}

// sweep removes counters whose charges have all expired.
func (l *Ledger) sweep(now time.Time) {
	l.reserved = 0
	for key, w := range l.windows {
		if w.expire(now.Add(-w.length).UnixNano()); len(w.charges) == 0 {
			delete(l.windows, key)
		}
	}
}
