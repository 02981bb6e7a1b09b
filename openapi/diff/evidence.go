package diff

import (
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/checker/rules"

	"github.com/spectap/spectap/openapi"
)

// evidence says which of two documents were inferred from traffic, the old and the new one. Such a
// document proves that its content occurred. A part that it lacks, or restricts, merely did not
// occur.
type evidence struct{ old, new bool }

func evidenceOf(a, b *openapi3.T) evidence {
	return evidence{openapi.IsInferred(a), openapi.IsInferred(b)}
}

// ruleByID has oasdiff's rules, which say whether a change widens or narrows what is valid.
var ruleByID = sync.OnceValue(func() map[string]rules.Rule {
	out := map[string]rules.Rule{}
	for _, r := range checker.GetAllRules() {
		out[r.Id] = r.Rule
	}
	return out
})

// weigh makes changes that nothing in the traffic proves to be of level Info. Where all values of a
// member had one type, and another one in other traffic, the API may have both.
func (e evidence) weigh(changes []Change) {
	for i := range changes {
		switch c := &changes[i]; {
		case !e.proves(c):
			c.Level = Info
		case e.old && e.new && c.KindOf() != Lost && c.Level == Breaking:
			c.Level = Warning
		}
	}
}

// proves reports whether the traffic can show that a change happened.
func (e evidence) proves(c *Change) bool {
	kind, rule := c.KindOf(), ruleByID()[c.ID]
	if kind == Lost || !e.old && !e.new {
		return true
	}
	isType := rule.Kind == rules.KindType || strings.HasSuffix(c.ID, "-nullable")
	// Any value of a parameter is text: that all were numbers in one document is chance.
	isType = isType && (rule.Area != rules.AreaParameters || !e.new)
	if rule.Effect == rules.EffectIncomparable {
		return isType && (!e.old || !e.new || rule.Direction != rules.DirectionRequest) // clients differ
	}
	switch {
	case e.old && e.new:
		return false
	case e.new: // the document did not admit what occurred
		return kind == Undocumented || isType && rule.Effect == rules.EffectWidens
	}
	// The document forbids what occurred.
	return rule.Effect != rules.EffectWidens && (isType || rule.Kind == rules.KindExistence)
}
