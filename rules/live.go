package rules

import (
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
)

// Live is the table of a running proxy, with counters. It is safe for concurrent use. The zero
// value has no rules.
type Live struct {
	table            atomic.Pointer[Table]
	applied, skipped atomic.Int64
	matched          sync.Map // *atomic.Int64 by the ID of a rule
	held             holder
}

// Counts are the counters of a [Live].
type Counts struct {
	Rules   int
	Applied int64 // times that a rule changed or blocked a message
	Skipped int64 // times that a rule was invalid or could not be applied
}

// Load replaces the rules by those in data, the result of [Encode]. Invalid ones are left out,
// counted as skipped, and named by the error.
func (l *Live) Load(data []byte) error {
	list, err := Parse(data)
	if err != nil {
		n := 1
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			n = len(many.Unwrap())
		}
		l.skipped.Add(int64(n))
	}
	list = slices.DeleteFunc(list, func(r Rule) bool { return r.Off })
	defer l.releaseOthers(list)
	if len(list) == 0 {
		l.table.Store(nil)
		return err
	}
	t, cerr := Compile(list)
	if cerr != nil { // cannot happen: Parse has checked the rules
		return errors.Join(err, cerr)
	}
	for _, c := range t.rules { // a rule that was there before keeps its count
		n, _ := l.matched.LoadOrStore(c.ID, c.matched)
		c.matched = n.(*atomic.Int64)
	}
	l.table.Store(t)
	return err
}

// IsEmpty reports whether there are no rules. It costs one atomic load.
func (l *Live) IsEmpty() bool { return l.table.Load() == nil }

// Match returns the changes that the rules make to a request and its response, or nil for none.
func (l *Live) Match(method, url string, shown func() *flow.Flow) *Plan {
	t := l.table.Load()
	if t == nil {
		return nil
	}
	p, skipped := t.Match(method, url, shown)
	l.skipped.Add(int64(skipped))
	return p
}

// SetHeader calls [Changes.SetHeader], counts the rules that it applied and reports whether there
// were any.
func (l *Live) SetHeader(c *Changes, h http.Header) bool {
	n := c.SetHeader(h)
	l.applied.Add(int64(n))
	return n > 0
}

// Body calls [Changes.Body] and counts the rules that it applied. A body that cannot be changed
// counts as skipped.
func (l *Live) Body(c *Changes, f *flow.Flow, h http.Header, body []byte, red *redact.Redactor) (out []byte, changed bool) {
	out, n, err := c.Body(f, h, body, red)
	l.applied.Add(int64(n))
	if err != nil {
		l.CountSkipped()
	}
	return out, n > 0
}

// CountSkipped counts a rule that could not be applied.
func (l *Live) CountSkipped() { l.skipped.Add(1) }

// CountApplied counts a rule that blocked a message.
func (l *Live) CountApplied() { l.applied.Add(1) }

// Counts returns the counters.
func (l *Live) Counts() Counts {
	c := Counts{Applied: l.applied.Load(), Skipped: l.skipped.Load()}
	if t := l.table.Load(); t != nil {
		c.Rules = t.Len()
	}
	return c
}
