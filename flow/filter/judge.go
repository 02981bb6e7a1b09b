package filter

import (
	"strings"

	"github.com/spectap/spectap/flow"
)

// Verdict says what an incomplete view of a flow tells about a match.
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
	// Then Judge looks at no place that may have a secret, so that its time tells nothing of one.
	Redacted bool
	// Own means that who asks may read the flow before redaction anyway, so that the time of Judge
	// may tell of secrets. Then it looks in bodies, too: redaction takes ten times as long.
	Own bool
}

// Judge is Match for a view of a flow. If it returns Maybe, Match decides. So most flows need not
// be read as a whole, or redacted.
func (f *Filter) Judge(fl *flow.Flow, v View) Verdict {
	if f.All() {
		return Yes
	}
	return f.root.judge(&subject{flow: fl, budget: &f.budget}, v)
}

func (a and) judge(s *subject, v View) Verdict {
	least := Yes
	for _, e := range a {
		if least = min(least, e.judge(s, v)); least == No {
			break
		}
	}
	return least
}

func (o or) judge(s *subject, v View) Verdict {
	most := No
	for _, e := range o {
		if most = max(most, e.judge(s, v)); most == Yes {
			break
		}
	}
	return most
}

func (n not) judge(s *subject, v View) Verdict { return Yes - n.operand.judge(s, v) }

func (t *term) judge(s *subject, v View) Verdict {
	switch t.field.name {
	case "host", "method", "status", "took", "time", "source", "session", "tag", "number": // redaction keeps them
		return t.decide(s)
	case "is":
		if t.isAny("failed", "pending", "answered") || !v.Brief && !v.Redacted {
			return t.decide(s)
		}
		return Maybe
	case "path", "query", "text":
		if !v.Redacted {
			return t.decide(s)
		}
		return Maybe
	}
	if v.Own && !v.Brief && t.field.bodies && isKept(t.value) && s.lacks(t) {
		return No
	}
	if v.Brief || v.Redacted {
		return Maybe
	}
	return t.decide(s)
}

// decide applies the test of a value that the view has as Match would get it.
func (t *term) decide(s *subject) Verdict {
	if t.test(s) {
		return Yes
	}
	return No
}

func (t *term) isAny(values ...string) bool {
	for _, v := range values {
		if strings.EqualFold(t.value, v) {
			return true
		}
	}
	return false
}
