package filter

import "github.com/spectap/spectap/flow"

// Stage is how much of an exchange in progress is known.
type Stage int

// The stages.
const (
	Requested Stage = iota // the head of the request
	Answered               // also the head of the response, or that there is none
	Complete               // all of it
)

// Decide reports whether the filter selects a flow of which only the given stage is known, and
// whether that is certain. If it is, Match gives the same result once the flow is complete, except
// for fields of a trailer.
func (f *Filter) Decide(fl *flow.Flow, at Stage) (selected, certain bool) {
	if f.All() {
		return true, true
	}
	v := decide(f.root, &subject{flow: fl, budget: &f.budget}, at)
	return v == yes, v != unknown
}

// Late returns the name of a field that is not known at a stage, or "" if all are. Without such a
// field, Decide is certain at that stage.
func (f *Filter) Late(at Stage) string {
	name := ""
	if !f.All() {
		anyTerm(f.root, func(t *term) bool {
			if t.field.from > at {
				name = t.field.name
			}
			return name != ""
		})
	}
	return name
}

// verdict is a value of Kleene's logic.
type verdict int

const (
	no verdict = iota
	unknown
	yes
)

func decide(e expression, s *subject, at Stage) verdict {
	switch n := e.(type) {
	case not:
		return yes - decide(n.operand, s, at)
	case and:
		v := yes
		for _, x := range n {
			if v = min(v, decide(x, s, at)); v == no {
				break
			}
		}
		return v
	case or:
		v := no
		for _, x := range n {
			if v = max(v, decide(x, s, at)); v == yes {
				break
			}
		}
		return v
	case *term:
		if n.field.from > at {
			return unknown
		}
	}
	if e.match(s) {
		return yes
	}
	return no
}
