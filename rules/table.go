package rules

import (
	"errors"
	"fmt"
	"net/http"
)

// Table is a list of compiled rules. It is immutable and so safe for concurrent use.
type Table struct{ rules []*compiled }

// compiled is a rule with its compiled patterns and replacement.
type compiled struct {
	Rule
	url, search pattern
	value       []token
}

// Compile returns a table of the rules. It returns an error for a rule that [Rule.Check] refuses.
func Compile(list []Rule) (*Table, error) {
	t := &Table{}
	for _, r := range list {
		if err := r.Check(); err != nil {
			return nil, fmt.Errorf("compile rule: %w", err)
		}
		c := &compiled{Rule: r, value: parseReplacement(r.Value)}
		c.url, _ = compile(r.URLPattern) // Check has compiled it
		c.search, _ = compile(r.SearchPattern)
		t.rules = append(t.rules, c)
	}
	return t, nil
}

// Len returns the number of rules.
func (t *Table) Len() int { return len(t.rules) }

// Plan is what the rules do to one exchange.
type Plan struct {
	// Blocked is the ID of the rule that blocks the request, Withheld of the one that blocks the
	// response; "" means that there is none.
	Blocked, Withheld string
	// Request and Response are the changes to each message.
	Request, Response Changes
}

// Changes are the changes to one message.
type Changes struct{ headers, bodies []*compiled }

// Match returns what the rules do to a request; nil means nothing. skipped counts the rules whose
// pattern would cost too much for a URL of this length.
func (t *Table) Match(method, url string) (p *Plan, skipped int) {
	var w work
	for _, c := range t.rules {
		if c.Method != "" && c.Method != method {
			continue
		}
		if c.URLPattern != "" {
			if !w.canSearch(c.url, len(url)) {
				skipped++
				continue
			}
			if !c.url.MatchString(url) {
				continue
			}
		}
		if p == nil {
			p = &Plan{}
		}
		p.add(c)
	}
	return p, skipped
}

// add adds a rule that matches.
func (p *Plan) add(c *compiled) {
	blocked, side := &p.Blocked, &p.Request
	if c.Phase == Response {
		blocked, side = &p.Withheld, &p.Response
	}
	switch c.Action {
	case Block:
		if *blocked == "" {
			*blocked = c.ID
		}
	case InjectHeader:
		side.headers = append(side.headers, c)
	case ReplaceBody:
		side.bodies = append(side.bodies, c)
	}
}

// SetHeader sets the headers in h and returns the number of rules that did.
func (c *Changes) SetHeader(h http.Header) int {
	for _, r := range c.headers {
		h.Set(r.Key, r.Value)
	}
	return len(c.headers)
}

// HasBodies reports whether there is a rule for bodies.
func (c *Changes) HasBodies() bool { return len(c.bodies) > 0 }

// Errors of [Changes.Body].
var (
	// ErrTooLarge means that a body is too large for a rule.
	ErrTooLarge = errors.New("body is too large for a rule")
	// ErrEncoded means that the content encoding of a body cannot be decoded.
	ErrEncoded = errors.New("body cannot be decoded for a rule")
)
