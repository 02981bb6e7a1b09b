package limit

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/spectap/spectap/guard/policy"
)

// Usage is how much of a limit is used up.
type Usage struct {
	// Identity is whose counter it is, "" if all callers share it.
	Identity string
	Limit    policy.Charge // without an amount
	Used     policy.Amount
}

// Near returns the counters of which at least percent of a limit is used up, the fullest first. The
// limits are those of [policy.Policy.Limits]. It counts nothing.
func (l *Ledger) Near(now time.Time, limits []policy.Charge, percent int64) []Usage {
	byCounter := map[string][]policy.Charge{}
	for _, c := range limits {
		byCounter[c.Key] = append(byCounter[c.Key], c)
	}
	var all []Usage
	l.mu.Lock()
	for key, w := range l.windows {
		identity, counter := "", key
		if quoted, err := strconv.QuotedPrefix(key); err == nil {
			identity, _ = strconv.Unquote(quoted) // it is quoted
			counter = key[len(quoted):]
		}
		for _, c := range byCounter[counter] {
			used := w.within(now.Add(-c.Window).UnixNano())
			if used > 0 && used.Percent(c.Max) >= percent {
				all = append(all, Usage{identity, c, used})
			}
		}
	}
	l.mu.Unlock()
	slices.SortFunc(all, func(a, b Usage) int {
		return cmp.Or(cmp.Compare(b.Used.Percent(b.Limit.Max), a.Used.Percent(a.Limit.Max)),
			cmp.Compare(a.Identity, b.Identity), cmp.Compare(a.Limit.Rule, b.Limit.Rule))
	})
	return all
}
