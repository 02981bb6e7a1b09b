package rules

import (
	"errors"
	"fmt"
	"net/http"
)

// Table is a list of rules, ready to be applied. It never changes and may be used from any goroutine.
type Table struct{ rules []*compiled }

// compiled is a rule with what its patterns compile to.
type compiled struct {
	Rule
	url, search pattern
	value       []part
}

// Compile makes a table. It fails on a rule that Check refuses.
func Compile(list []Rule) (*Table, error) {
	t := &Table{}
	for _, r := range list {
		if err := r.Check(); err != nil {
			return nil, fmt.Errorf("compile rule: %w", err)
		}
		c := &compiled{Rule: r, value: parseTemplate(r.Value)}
		c.url, _ = compile(r.URLPattern) // checked
		c.search, _ = compile(r.SearchPattern)
		t.rules = append(t.rules, c)
	}
	return t, nil
}

// Len is the number of rules.
func (t *Table) Len() int { return len(t.rules) }

// Plan is what is to be done with one exchange.
type Plan struct {
	// Blocked names the rule that blocks the request, "" for none; Withheld the one that withholds the answer.
	Blocked, Withheld string
	// Request and Response are the changes on the way out and back.
	Request, Response Changes
}

// Changes are the changes to one message.
type Changes struct{ headers, bodies []*compiled }

// Match finds what applies to a request; nil is nothing. skipped counts rules that could not be tried, the URL being
// too long for them.
func (t *Table) Match(method, url string) (p *Plan, skipped int) {
	for _, c := range t.rules {
		if c.Method != "" && c.Method != method {
			continue
		}
		if c.URLPattern != "" {
			if !c.url.affordable(len(url)) {
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

// SetHeader sets headers, and returns how many rules did.
func (c *Changes) SetHeader(h http.Header) int {
	for _, r := range c.headers {
		h.Set(r.Key, r.Value)
	}
	return len(c.headers)
}

// HasBodies reports whether there is a rule for bodies.
func (c *Changes) HasBodies() bool { return len(c.bodies) > 0 }

// Errors of replacing.
var (
	// ErrTooLarge says that a body is too large for a rule.
	ErrTooLarge = errors.New("body is too large for a rule")
	// ErrEncoded says that a body's content encoding cannot be undone.
	ErrEncoded = errors.New("body cannot be decoded for a rule")
)
