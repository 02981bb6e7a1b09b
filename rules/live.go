package rules

import (
	"errors"
	"net/http"
	"sync/atomic"
)

// Live is the table that a proxy uses, and counts. Its methods may be called at once from any goroutine. The zero value
// has no rules.
type Live struct {
	table            atomic.Pointer[Table]
	applied, skipped atomic.Int64
}

// Counts says what rules did.
type Counts struct {
	Rules   int
	Applied int64 // times that a rule changed or blocked something
	Skipped int64 // times that a rule could not be read or applied
}

// Load exchanges the rules for those in data, as Encode wrote them. Those that are not sound are left out, counted and
// named by the error; the others count.
func (l *Live) Load(data []byte) error {
	list, err := Parse(data)
	if err != nil {
		n := 1
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			n = len(many.Unwrap())
		}
		l.skipped.Add(int64(n))
	}
	if len(list) == 0 {
		l.table.Store(nil)
		return err
	}
	t, cerr := Compile(list)
	if cerr != nil { // Parse has checked them
		return errors.Join(err, cerr)
	}
	l.table.Store(t)
	return err
}

// IsEmpty reports whether there are no rules. It costs one atomic load.
func (l *Live) IsEmpty() bool { return l.table.Load() == nil }

// Match finds what applies to a request; nil is nothing.
func (l *Live) Match(method, url string) *Plan {
	t := l.table.Load()
	if t == nil {
		return nil
	}
	p, skipped := t.Match(method, url)
	l.skipped.Add(int64(skipped))
	return p
}

// SetHeader is Changes.SetHeader, counted.
func (l *Live) SetHeader(c *Changes, h http.Header) { l.applied.Add(int64(c.SetHeader(h))) }

// Body is Changes.Body, counted.
func (l *Live) Body(c *Changes, h http.Header, body []byte) (out []byte, changed bool) {
	out, n, err := c.Body(h, body)
	l.applied.Add(int64(n))
	if err != nil {
		l.Skip()
	}
	return out, n > 0
}

// Skip counts something that a rule was not applied to.
func (l *Live) Skip() { l.skipped.Add(1) }

// Applied counts something that was blocked.
func (l *Live) Applied() { l.applied.Add(1) }

// Counts returns the counts so far.
func (l *Live) Counts() Counts {
	c := Counts{Applied: l.applied.Load(), Skipped: l.skipped.Load()}
	if t := l.table.Load(); t != nil {
		c.Rules = t.Len()
	}
	return c
}
