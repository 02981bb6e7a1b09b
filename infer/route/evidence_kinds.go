package route

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/sketch"
)

// collectKinds collects, for each name that answers at or below it hold in a property for types,
// the literals that it stands behind. above is the nearest one.
func (d *decider) collectKinds(n *node, above string) {
	for label, k := range n.children {
		next := above
		if label != "" && label[0] != sharedMark {
			next = label
			for _, e := range k.echoFields {
				if e.class&classVocabulary != 0 && 2*e.count >= k.responses {
					addPrefix(d.kindParents, sketch.Pair(sketch.Hash(label), sketch.Hash(e.name)), sketch.Hash(above))
				}
			}
		}
		d.collectKinds(k, next)
	}
}

// findKinds returns the kinds among the names of a level. Answers hold each in one property for
// types, and two of the names stand behind another literal, too, where answers hold them in the
// same property: content/7/child/page and space/DS/content/page answer "type": "page". The answers
// to kinds are alike, while collections have records of their own, or items below them.
func (d *decider) findKinds(parent *level, fields []string, all []*candidate) map[*candidate]bool {
	for _, field := range fields {
		out, recurring, known, names, owners := map[*candidate]bool{}, 0, 0, 0, 0
		for _, c := range all {
			if !c.ownNode || c.isStrong() || c.responses == 0 {
				continue
			}
			names++
			if 2*c.echoCounts[field] < c.responses || noun.IsPlural(c.decoded) || c.shape == shapeVersion {
				continue
			}
			out[c] = true
			owners += boolToInt(hasItems(c, all))
			recurring += boolToInt(len(d.kindParents[sketch.Pair(c.hash, sketch.Hash(field))]) > 1)
			known += boolToInt(d.firstPass != nil && d.firstPass.valuePrefixes[c.hash].elsewhere(parent.signature()) > 0)
		}
		if recurring >= minParts && 2*owners <= len(out) && (4*len(out) >= 3*names || known == len(out)) && areAlike(out) {
			return out
		}
	}
	return nil
}

// hasItems reports whether most of what follows a candidate is an identifier, or follows no other
// one: the names of its own items.
func hasItems(c *candidate, all []*candidate) bool {
	shared := 0
	for label := range c.nextLabels {
		_, isID := c.idsBelow[label]
		shared += boolToInt(!isID && slices.ContainsFunc(all, func(o *candidate) bool {
			_, ok := o.nextLabels[label]
			return ok && o != c
		}))
	}
	return 2*shared < len(c.nextLabels)
}

// actionWords are names of properties that say what was done.
var actionWords = set("action", "operation", "verb", "verbs", "method")

// namesAction reports whether a property says what was done. A path whose word it holds is an
// operation: POST jobs/blend answers "verb": "blend".
func namesAction(field string) bool {
	words := noun.Words(field)
	return len(words) > 0 && actionWords[words[len(words)-1]]
}

// kindFields returns the properties for types in which answers hold two names of a level or more,
// in order. At the root and below versions, names are collections.
func kindFields(parent *level, all []*candidate) []string {
	if parent.parent == nil || parent.isVersion || len(all) > maxComparedSiblings {
		return nil
	}
	held := map[string]int{}
	for _, c := range all {
		for _, name := range c.echoFields {
			tail := fieldTail(strings.TrimSuffix(name, "[]"))
			held[name] += boolToInt(c.ownNode && !c.isStrong() && classOf(tail, false)&classVocabulary != 0 && !namesAction(tail))
		}
	}
	var out []string
	for name, n := range held {
		if n >= minParts {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// areAlike reports whether the answers to any two candidates have half of their properties in
// common.
func areAlike(members map[*candidate]bool) bool {
	for a := range members {
		for b := range members {
			if 2*countCommon(a.topProperties, b.topProperties) < min(len(a.topProperties), len(b.topProperties)) {
				return false
			}
		}
	}
	return true
}

// setOf returns a set of candidates.
func setOf(list []*candidate) map[*candidate]bool {
	out := make(map[*candidate]bool, len(list))
	for _, c := range list {
		out[c] = true
	}
	return out
}

// weighKind adds the evidence from properties for types that hold the names of a level elsewhere,
// too.
func (d *decider) weighKind(c *candidate, s *siblings) {
	if s.kinds[c] {
		c.addEvidence("answers hold it as a type, below another segment, too", d.weights.Mirrored, int64(len(s.kinds)))
		c.witness = true
	}
}

// findKindLists returns the names of a level, two or more, that end the path and are answered with
// lists of what they name: content/7/child/page answers items of "type": "page". A collection is
// named by a plural noun.
func findKindLists(fields []string, all []*candidate) map[*candidate]bool {
	for _, field := range fields {
		out, names := map[*candidate]bool{}, 0
		for _, c := range all {
			if !c.ownNode || c.isStrong() {
				continue
			}
			names++
			if c.mayBeName() && !noun.IsPlural(c.decoded) && c.isLeaf && c.getBodies > 0 && c.listResponses >= c.getBodies &&
				2*c.echoCounts[field] >= c.responses {
				out[c] = true
			}
		}
		if len(out) >= minParts && len(out) == names {
			return out
		}
	}
	return nil
}

// findOwnKinds returns the names of a level, two or more, that end the path and that their answers,
// of one record, hold in one property for types: formation/web answers "type": "web".
func findOwnKinds(s *siblings, fields []string, all []*candidate) map[*candidate]bool {
	for _, field := range fields {
		if !s.echoedByName[field] {
			continue
		}
		out := map[*candidate]bool{}
		for _, c := range all {
			if c.mayBeName() && c.isLeaf && 5*c.echoCounts[field] >= 4*c.responses && c.responses > 0 {
				out[c] = true
			}
		}
		if len(out) >= minParts && areAlike(out) {
			return out
		}
	}
	return nil
}

// weighOwnKinds adds the evidence from answers that hold the kind that was asked for.
func (d *decider) weighOwnKinds(c *candidate, s *siblings) {
	switch {
	case s.kindLists[c]:
		c.addEvidence("is answered with a list of things of this kind, as its siblings are", d.weights.Mirrored, int64(len(s.kindLists)))
	case s.ownKinds[c]:
		c.addEvidence("is answered with a record of this kind, as its siblings are", d.weights.OwnAnswer, int64(len(s.ownKinds)))
	default:
		return
	}
	c.witness = true
}
