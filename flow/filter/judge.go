package filter

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
)

// Verdict is the result of a filter on an incomplete view of a flow.
type Verdict int8

// The verdicts.
const (
	No    Verdict = iota // the flow does not match
	Maybe                // more of the flow is needed
	Yes                  // the flow matches
)

// View describes the flow that Judge sees, compared with the flow that Match would get.
type View struct {
	// Brief flows have no headers, bodies, messages and protocols (store.Query.Brief).
	Brief bool
	// Redacted means that Match would get the flow after redaction, while Judge sees it before.
	// Then Judge reads no field that may hold a secret, so that its duration reveals none.
	Redacted bool
	// Own means that the caller may read the flow before redaction anyway, so that the duration of
	// Judge may depend on secrets. Then it reads bodies, too: redaction takes ten times as long.
	Own bool
}

// Judge is Match for a view of a flow. If it returns Maybe, Match decides. So most flows need not
// be read completely, or redacted.
func (f *Filter) Judge(fl *flow.Flow, v View) Verdict {
	if f.All() {
		return Yes
	}
	s := &subject{flow: fl, budget: &f.budget}
	return f.root.judge(func(t *term) Verdict { return s.seen(t, v) })
}

func (a and) judge(of func(*term) Verdict) Verdict {
	least := Yes
	for _, e := range a {
		if least = min(least, e.judge(of)); least == No {
			break
		}
	}
	return least
}

func (o or) judge(of func(*term) Verdict) Verdict {
	most := No
	for _, e := range o {
		if most = max(most, e.judge(of)); most == Yes {
			break
		}
	}
	return most
}

func (n not) judge(of func(*term) Verdict) Verdict { return Yes - n.operand.judge(of) }

func (t *term) judge(of func(*term) Verdict) Verdict { return of(t) }

// seen returns the verdict of a view on a term.
func (s *subject) seen(t *term, v View) Verdict {
	switch t.field.name {
	case "host", "method", "status", "took", "time", "source", "session", "tag", "number": // redaction keeps them
		return s.decide(t)
	case "is":
		isStream := t.isAny("failed") && s.flow.Err == flow.ClientLeft // brief flows have no media type
		if !isStream && t.isAny("failed", "denied", "pending", "answered") || !v.Brief && !v.Redacted {
			return s.decide(t)
		}
		return Maybe
	case "path", "query", "text":
		if !v.Redacted {
			return s.decide(t)
		}
		return Maybe
	}
	if v.Own && !v.Brief && t.field.bodies && isKept(t.value) && s.lacks(t) {
		return No
	}
	if v.Brief || v.Redacted {
		return Maybe
	}
	return s.decide(t)
}

// decide applies the test of a value that the view has as Match would get it.
func (s *subject) decide(t *term) Verdict {
	if t.test(s) {
		return Yes
	}
	return No
}

func (t *term) isAny(values ...string) bool {
	return slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(t.value, v) })
}
