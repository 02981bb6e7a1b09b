package limit

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/spectap/spectap/guard/policy"
)

// Usage is the usage of a limit.
type Usage struct {
	// Identity is the owner of the counter, or "" if all callers share it.
	Identity string
	Session  string        // the owner of the counter, or "" unless each session has one
	Limit    policy.Charge // without an amount
	Used     policy.Amount
}

// Near returns the counters that have reached at least percent of a limit, the fullest first. The
// limits are those of [policy.Policy.Limits]. It reserves nothing.
func (l *Ledger) Near(now time.Time, limits []policy.Charge, percent int64) []Usage {
	byCounter := map[string][]policy.Charge{}
	for _, c := range limits {
		byCounter[c.Key] = append(byCounter[c.Key], c)
	}
	var all []Usage
	l.mu.Lock()
	for key, w := range l.windows {
		identity, counter := cutQuoted(key)
		session, counter := cutQuoted(counter)
		for _, c := range byCounter[counter] {
			used := w.within(now.Add(-windowOf(&c)).UnixNano())
			if used > 0 && used.Percent(c.Max) >= percent {
				all = append(all, Usage{identity, session, c, used})
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

// cutQuoted splits a quoted text off the beginning of a key.
func cutQuoted(key string) (text, rest string) {
	quoted, err := strconv.QuotedPrefix(key)
	if err != nil {
		return "", key
	}
	text, _ = strconv.Unquote(quoted) // it is quoted
	return text, key[len(quoted):]
}
