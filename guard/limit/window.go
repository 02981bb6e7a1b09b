package limit

import (
	"slices"
	"time"

	"github.com/spectap/spectap/guard/policy"
)

// window holds the charges of one counter that have not expired, oldest first.
type window struct {
	charges []charge
	sum     policy.Amount
	length  time.Duration // the longest that was asked for
	session bool          // ends with a session, and is not kept in the file
}

type charge struct {
	at     int64 // Unix time in nanoseconds
	amount policy.Amount
}

// maxCharges bounds the charges of one counter, and so its memory. Beyond it, pairs of neighbours
// are merged at the time of the later one: charges then expire a little later, so a limit is never
// exceeded.
const maxCharges = 8192

// expire removes the charges up to a time.
func (w *window) expire(until int64) {
	n := 0
	for n < len(w.charges) && w.charges[n].at <= until {
		w.sum -= w.charges[n].amount
		n++
	}
	w.charges = w.charges[n:]
}

// within returns the sum of the charges after a time. The window may be longer than that of a
// charge: shortening a window in the policy and lengthening it again drops no charge.
func (w *window) within(after int64) policy.Amount {
	sum := w.sum
	for _, c := range w.charges {
		if c.at > after {
			break
		}
		sum -= c.amount
	}
	return sum
}

func (w *window) add(at int64, amount policy.Amount) {
	if n := len(w.charges); n > 0 && at < w.charges[n-1].at { // the clock went back
		i, _ := slices.BinarySearchFunc(w.charges, at, func(c charge, at int64) int { return int(min(1, max(-1, c.at-at))) })
		w.charges = slices.Insert(w.charges, i, charge{at, amount})
	} else {
		w.charges = append(w.charges, charge{at, amount})
	}
	w.sum += amount
	if len(w.charges) > maxCharges {
		w.halve()
	}
}

// halve merges charges pairwise.
func (w *window) halve() {
	merged := w.charges[:0]
	for pair := range slices.Chunk(w.charges, 2) {
		c := pair[len(pair)-1]
		if len(pair) == 2 {
			c.amount += pair[0].amount
		}
		merged = append(merged, c)
	}
	w.charges = merged
}

// retryAfter returns the time until a charge fits that does not fit now.
func (w *window) retryAfter(now time.Time, c policy.Charge, sum policy.Amount) time.Duration {
	for _, old := range w.charges {
		if old.at <= now.Add(-windowOf(&c)).UnixNano() {
			continue
		}
		if sum -= old.amount; sum <= c.Max-c.Amount {
			return time.Unix(0, old.at).Add(windowOf(&c)).Sub(now)
		}
	}
	return windowOf(&c)
}
