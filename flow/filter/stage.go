package filter

import "github.com/spectap/spectap/flow"

// Stage is how much of an exchange in progress is known.
type Stage int

// The stages.
const (
	Requested Stage = iota // the head of the request
	Answered               // also the head of the response, or its absence
	Complete               // all of it
)

// Decide reports whether the filter selects a flow at the given stage, and whether that is certain.
// If so, Match gives the same result once the flow is complete, except for fields of a trailer.
//
// Unknown fields are neither true nor false (Kleene's logic), so method:OPTIONS or type:image/*
// decides about OPTIONS at the head of the request.
func (f *Filter) Decide(fl *flow.Flow, at Stage) (selected, certain bool) {
	if f.All() {
		return true, true
	}
	s := &subject{flow: fl, budget: &f.budget}
	v := f.root.judge(func(t *term) Verdict {
		if t.field.from > at {
			return Maybe
		}
		return s.decide(t)
	})
	return v == Yes, v != Maybe
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
