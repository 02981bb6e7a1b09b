package infer

import (
	"strings"

	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/schema"
)

// decideNames gives ids, summaries and tags.
func decideNames(cs []*candidate, all []schema.Component) {
	spelt, components := spellingOf(all), byName(all)
	subjects := make([]nameSubject, len(cs))
	patched := map[string]bool{}
	for _, c := range cs {
		patched[c.op.Path] = patched[c.op.Path] || c.method == "PATCH"
	}
	for i, c := range cs {
		if c.variant.Name != "" {
			c.op.Variants = []call.Variant{c.variant}
		}
		subjects[i] = nameSubject{variant: c.variant, method: c.method, steps: spelt.steps(c.told),
			answers: c.answers(cs, components), action: c.isAction(cs), patched: patched[c.op.Path]}
	}
	ids := uniqueIDs(subjects)
	for i, c := range cs {
		c.op.ID, c.op.Summary = ids[i], subjects[i].summary()
		if tag := subjects[i].tag(); tag != "" {
			c.op.Tags = []string{tag}
		}
	}
}

// isAction says whether a POST is the only thing at its path, with nothing below it.
func (c *candidate) isAction(cs []*candidate) bool {
	return c.method == "POST" && c.alone && !c.hasBelow(cs, "")
}

// hasBelow says whether there is an operation below this one's path whose next segment begins so.
func (c *candidate) hasBelow(cs []*candidate, next string) bool {
	below := strings.TrimSuffix(c.op.Path, "/") + "/"
	for _, o := range cs {
		if len(o.op.Path) > len(below) && strings.HasPrefix(o.op.Path, below+next) {
			return true
		}
	}
	return false
}

// answers says what a read gives.
type answers int

const (
	answersAny answers = iota
	answersList
	answersPage // an object with a list of what is below the path
	answersOne  // an object without any list
)

func (c *candidate) answers(cs []*candidate, components map[string]*schema.Schema) answers {
	if c.facts.lists > 0 {
		return answersList
	}
	for i := range c.op.Responses {
		r := &c.op.Responses[i]
		if r.Status != 200 {
			continue
		}
		for _, m := range r.Content {
			s := followRef(m.Schema, components)
			if !decode.IsJSON(m.Type) || s == nil || s.Kind != schema.Object || s.Additional != nil || len(s.Properties) == 0 {
				continue
			}
			switch n := listsIn(s, components, 2); {
			case n == 0:
				return answersOne
			case n == 1 && c.hasBelow(cs, "{"):
				return answersPage
			}
		}
	}
	return answersAny
}

// listsIn counts the lists in an object, down to some depth.
func listsIn(s *schema.Schema, components map[string]*schema.Schema, depth int) (n int) {
	for _, p := range s.Properties {
		switch own := followRef(p.Schema, components); {
		case own == nil:
		case own.Kind == schema.Array, own.Additional != nil: // a map is a list by names
			n++
		case own.Kind == schema.Object && depth > 1:
			n += listsIn(own, components, depth-1)
		}
	}
	return n
}
