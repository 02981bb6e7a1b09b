package rules

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
)

// Table is a list of compiled rules. It is immutable and so safe for concurrent use.
type Table struct{ rules []*compiled }

// compiled is a rule with its compiled patterns and replacement.
type compiled struct {
	Rule
	url, search pattern
	value       []token
	filter      *filter.Filter
	needsAnswer bool // the filter can decide only then
	matched     *atomic.Int64
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
		c.filter, _ = filter.Parse(r.Filter, time.Now()) // likewise
		c.needsAnswer, c.matched = c.filter.Late(filter.Requested) != "", new(atomic.Int64)
		t.rules = append(t.rules, c)
	}
	return t, nil
}

// Len returns the number of rules.
func (t *Table) Len() int { return len(t.rules) }

// Plan is what the rules do to one exchange.
type Plan struct {
	// Request and Response are the changes to each message.
	Request, Response Changes
	later             []*compiled // those whose filter needs the response
}

// Changes are the changes to one message.
type Changes struct {
	headers, bodies []*compiled
	// Blocked, Fail and Hold are the IDs of the first rules of these actions, or "". Respond is the
	// rule that answers, and Status replaces the status of a response unless it is 0.
	Blocked, Fail, Hold string
	Respond             *Rule
	Status              int
	Delay               time.Duration
	// Applied are the IDs of the rules that had an effect. Who applies all but headers and bodies
	// adds them.
	Applied []string
	// StatusRule and DelayRules are the rules that set Status and Delay.
	StatusRule string
	DelayRules []string
}

// Match returns the effect of the rules on a request, or nil. skipped counts the rules whose
// pattern would cost too much for a URL of this length. shown returns the request for filters, as
// redaction shows it; without it, rules with a filter match nothing.
func (t *Table) Match(method, url string, shown func() *flow.Flow) (p *Plan, skipped int) {
	var w work
	for _, c := range t.rules {
		if c.Method != "" && c.Method != method || c.Filter != "" && shown == nil {
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
		if c.Filter != "" && !c.needsAnswer {
			if is, _ := c.filter.Decide(shown(), filter.Requested); !is {
				continue
			}
		}
		if p == nil {
			p = &Plan{}
		}
		if c.needsAnswer {
			p.later = append(p.later, c)
			continue
		}
		p.add(c)
	}
	return p, skipped
}

// NeedsAnswer reports whether there are rules for [Plan.Answered].
func (p *Plan) NeedsAnswer() bool { return len(p.later) > 0 }

// Answered adds the rules whose filter selects an exchange with a known head of the response, as
// redaction shows it.
func (p *Plan) Answered(f *flow.Flow) {
	for _, c := range p.later {
		if is, _ := c.filter.Decide(f, filter.Answered); is {
			p.add(c)
		}
	}
	p.later = nil
}

// add adds a rule that matches.
func (p *Plan) add(c *compiled) {
	c.matched.Add(1)
	side := &p.Request
	if c.Phase == Response {
		side = &p.Response
	}
	switch c.Action {
	case Block:
		side.Blocked = cmp.Or(side.Blocked, c.ID)
	case InjectHeader:
		side.headers = append(side.headers, c)
	case ReplaceBody:
		side.bodies = append(side.bodies, c)
	case Hold:
		side.Hold = cmp.Or(side.Hold, c.ID)
	case Fail:
		side.Fail = cmp.Or(side.Fail, c.ID)
	case Respond:
		if side.Respond == nil {
			side.Respond = &c.Rule
		}
	case Delay:
		side.Delay = min(side.Delay+time.Duration(c.DelayMS)*time.Millisecond, maxDelay*time.Millisecond)
		side.DelayRules = append(side.DelayRules, c.ID)
	case SetStatus:
		side.Status, side.StatusRule = c.Status, c.ID
	}
}

// SetHeader sets the headers in h and returns the number of rules that did. One that sets a header
// of requests is not among [Changes.Applied]: the API answered such a request, and its flow is
// evidence like others.
func (c *Changes) SetHeader(h http.Header) int {
	for _, r := range c.headers {
		h.Set(r.Key, r.Value)
		if r.Phase == Response {
			c.Applied = append(c.Applied, r.ID)
		}
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
