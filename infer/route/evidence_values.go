package route

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/sketch"
)

// weighValues adds the evidence from bodies.
func (d *decider) weighValues(parent *level, c *candidate, s *siblings) {
	d.weighEcho(parent, c, s)
	if !c.ownNode || c.isStrong() {
		return
	}
	w, x := d.weights, &d.tree.index
	v := x.wordValues.entries[c.hash]
	switch {
	case v == nil && !x.wordValues.covers(c.hash):
		c.addEvidence("may occur in bodies", w.Unknown, 1)
	// no bodies at all, but paths below are evidence enough
	case v == nil && len(x.wordValues.entries) == 0 && s.hasBelow:
	case v == nil && (c.echoShare > 0 || c.pairs > 0): // in another spelling, or joined with another
	case v == nil:
		c.addEvidence("occurs in no body", w.Nowhere, 1)
	case v.classes&classIDField != 0:
		c.addEvidence(ruleIDField, w.IDField, 1)
	case v.classes&classNameField != 0:
		c.addEvidence(ruleNameField, w.NameField, 1)
	case v.classes&classItem != 0: // an array element may be data or a word of the API
	case s.ownKinds[c]: // see weighOwnKinds
	case v.classes&classOtherField != 0:
		c.addEvidence("is the value of some field", w.OtherField, 1)
	default:
		c.addEvidence("is a type or status in bodies", w.VocabularyOnly, 1)
		c.typed = true
	}
	if v != nil && v.classes&classVocabulary != 0 && v.classes&(classIDField|classNameField) != 0 {
		c.addEvidence("is also a type or status", w.VocabularyToo, 1)
	}
	if d.isPropertyName(c.decoded) {
		c.addEvidence("is the name of a property", w.PropertyName, 1)
	}
	if v != nil && v.classes&(classIDField|classNameField) != 0 {
		c.witness = true
	}
	if parent.listedClasses(c.hash)&(classIDField|classNameField) != 0 {
		c.addEvidence(ruleParentList, w.ParentList, 1)
		c.witness = true
		if c.isLeaf && d.beforeID[c.label] == 0 && !parent.isVersion && !parent.isParameter() && parent.namedItems() >= 3 {
			c.addEvidence("is one of several items in the list above", w.ListedItem, 1)
		}
	}
	switch {
	case parent.isParameter():
		d.weighPairs(parent, c, s)
	case c.pairs > 0 && !isMarkedWord(c.decoded):
		c.addEvidence(rulePair, w.Pair, c.pairs)
		if !noun.IsPlural(c.decoded) && d.beforeID[c.label] == 0 {
			c.addEvidence("neither a plural nor before an identifier", w.PairedName, 1)
		}
		c.witness = true
	}
	c.witness = c.witness || c.notFound && c.requests > 0 ||
		c.isWritten() && !s.hasStrong && c.bodies == 0 && c.responses == 0
}

// namedItems returns the number of values in fields that identify or name things, in the level's
// own responses.
func (l *level) namedItems() int {
	items := hashSet{}
	for _, n := range l.nodes {
		for i, h := range n.listed.hashes {
			if fieldClass(n.listed.flags[i])&(classIDField|classNameField) != 0 {
				items[h] = struct{}{}
			}
		}
	}
	return len(items)
}

// listedClasses returns the classes of the fields that hold a value in the level's own
// responses.
func (l *level) listedClasses(hash uint64) fieldClass {
	flags := uint32(0)
	for _, n := range l.nodes {
		flags |= n.listed.get(hash)
	}
	return fieldClass(flags)
}

// weighEcho counts the responses at or below that hold the segment in an identifying field.
func (d *decider) weighEcho(parent *level, c *candidate, s *siblings) {
	if c.responses == 0 {
		return
	}
	if s.isHeldLikeIDs(c) {
		c.addEvidence("answers hold it in the property that holds the identifiers beside it", d.weights.LikeIDs, c.responses)
		c.witness = true
	}
	best, responses := int64(0), c.responses
	versions := parent.otherVersions(c)
	for _, n := range versions {
		responses += n.responses
	}
	for _, name := range c.echoFields {
		if !d.isIdentifyingField(parent, name) && !(s.echoedByName[name] && c.ownNode) {
			continue
		}
		n := c.echoCounts[name]
		for _, t := range versions {
			n += t.echoCount(name)
		}
		best = max(best, n)
	}
	share := float64(best) / float64(responses)
	c.echoShare = min(1, share)
	if best == 0 {
		if !c.isStrong() && c.pairs == 0 && !s.unheldIDs {
			c.addEvidence("no answer holds it", d.weights.NeverEchoed*min(1, float64(1+c.responses)/4), c.responses)
			d.weighOtherValue(c, s)
		}
		return
	}
	c.addEvidence(ruleEcho, d.weights.Echo*min(1, share), best)
	d.weighOwnName(c)
	if n := s.holdThemselves(c); n > 1 && share < 0.9 && !c.isLeaf && s.namespaces+s.differentNouns == 0 {
		c.addEvidence("the answers to itself hold it, as those to its siblings do", d.weights.Echo*(1-share)+d.weights.OwnAnswer, int64(n))
		c.witness = true
	}
	if s.nounEchoes > 1 && c.isEchoedAs(parent) {
		c.addEvidence("answers hold it in a property called like the segment above, as its siblings", d.weights.NounEcho, int64(s.nounEchoes))
	}
	if c.ownNode && !c.isLeaf && s.ownEchoes >= 3 && share >= 0.6 && !noun.IsPlural(c.decoded) {
		c.addEvidence("each answer below holds it, and those below its siblings hold these", d.weights.OwnEcho*logShare(best), best)
	}
	if s.mirrored || s.told[c] && c.ownNode && !c.isStrong() && s.namespaces == 0 {
		c.addEvidence("each answer below holds the name it stands below, in one property", d.weights.Mirrored, best)
	}
	if share >= 0.3 {
		c.witness = true
	}
}

// fieldsOfIDs returns the properties in which half of the answers to the identifiers of a level, or
// to the paths below them, hold these.
func fieldsOfIDs(all []*candidate) map[string]bool {
	responses, held := int64(0), map[string]int64{}
	for _, c := range all {
		if !c.isStrong() {
			continue
		}
		responses += c.responses
		for _, name := range c.echoFields {
			held[name] += c.echoCounts[name]
		}
	}
	out := map[string]bool{}
	for name, n := range held {
		tail := fieldTail(strings.TrimSuffix(name, "[]"))
		out[name] = 2*n >= responses && classOf(tail, false)&classVocabulary == 0
	}
	return out
}

// isHeldLikeIDs reports whether three of five answers to a name, or to the paths below it, hold it
// in a property that holds the identifiers beside it: queues/prod/mail and queues/%2F/mail answer
// "vhost".
func (s *siblings) isHeldLikeIDs(c *candidate) bool {
	return c.ownNode && !c.isStrong() && !noun.IsPlural(c.decoded) && slices.ContainsFunc(c.echoFields, func(name string) bool {
		return s.idFields[name] && 5*c.echoCounts[name] >= 3*c.responses
	})
}

// holdThemselves counts the candidates that the answers to themselves hold in a property that does
// so for c, too.
func (s *siblings) holdThemselves(c *candidate) int {
	n := 0
	for _, name := range c.echoFields {
		if c.holdsItself(name) {
			n = max(n, s.itself[name])
		}
	}
	return n
}

// otherVersions returns the nodes of the same segment below other API versions. /v1/admin and
// /v2/admin are one thing, so the responses of both count.
func (l *level) otherVersions(c *candidate) []*node {
	if !l.isVersion || l.parent == nil || !c.ownNode {
		return nil
	}
	var out []*node
	for _, n := range l.parent.nodes {
		for label, k := range n.children {
			if same := k.children[c.label]; same != nil && label != l.literal && shapeOf(label) == shapeVersion {
				out = append(out, same)
			}
		}
	}
	return out
}

// isIdentifyingField reports whether an echo in a field counts as evidence: the field names things,
// or has the name of the segment above, or its values differ much.
func (d *decider) isIdentifyingField(parent *level, name string) bool {
	base := strings.TrimSuffix(name, "[]")
	tail := fieldTail(base)
	c := classOf(tail, base != name)
	if c&(classIDField|classNameField) != 0 {
		return true
	}
	if parent.literal != "" && !parent.isParameter() &&
		noun.Fold(noun.Singular(tail)) == noun.Fold(noun.Singular(parent.literal)) {
		return true
	}
	if c == classVocabulary {
		return false
	}
	f := d.tree.index.fields.entries[sketch.Hash(name)]
	return f != nil && float64(f.distinctValues.estimate()) >= 0.3*float64(f.values)
}

// countPaired counts the names after a parameter that bodies hold joined with the value before
// them: "slug": "ann/alpha". Plural nouns are none.
func (d *decider) countPaired(parent *level, all []*candidate) int {
	n := 0
	for _, c := range all {
		n += boolToInt(parent.isParameter() && c.ownNode && !c.isStrong() && c.pairs > 0 && !d.isPlural(c) && !isMarkedWord(c.decoded))
	}
	return n
}
