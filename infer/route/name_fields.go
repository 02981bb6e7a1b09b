package route

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/noun"
)

// isOwner reports whether the noun above belongs to the parameter that follows, as in
// repos/{owner}/{repo}. The first parameter is then never requested by itself, is not in the list
// of the noun, and its values are known as something else.
func (n *namer) isOwner(p *level) bool {
	if p.parent == nil || p.parent.isParameter() && p.parent.parent == nil {
		return false
	}
	if n.childParam[p] == nil || p.hasMethods() {
		return false
	}
	if p.hasRule(reasonParentList) {
		return false
	}
	words := noun.Words(noun.Singular(p.collectionNoun()))
	return n.childParam[p].hasRule(reasonPair) || n.ownerWord(p, words) != "" || n.nameOfSameValues(p) != ""
}

// hasRule reports whether a rule contributed evidence for one of the values.
func (l *level) hasRule(rule string) bool {
	isIt := func(e Evidence) bool { return e.Rule == rule }
	return slices.ContainsFunc(l.members, func(c *candidate) bool { return slices.ContainsFunc(c.evidence, isIt) })
}

// ownerWord returns the property whose object the values name: owner in "owner": {"login": …}.
func (n *namer) ownerWord(p *level, base []string) string {
	for _, u := range p.param.Fields {
		if u.Owner != "" && classOf(u.Field, false)&(classIDField|classNameField) != 0 &&
			noun.Fold(u.Owner) != noun.Fold(strings.Join(base, "")) {
			return strings.TrimSuffix(u.Owner, "[]")
		}
	}
	for _, u := range p.param.Fields {
		if f := strings.TrimSuffix(u.Field, "[]"); !ownerlessWords[f] &&
			classOf(f, false)&(classIDField|classNameField|classOtherField) != 0 {
			return f
		}
	}
	return ""
}

// ownField returns a property that holds the values and is called like the noun, alone or with id,
// name, ….
func (n *namer) ownField(p *level, base []string) string {
	if len(base) == 0 {
		return ""
	}
	b := noun.Fold(strings.Join(base, ""))
	order := ownEndings
	if n.hasMostlyIDs(p) && !n.style.bareReferences {
		order = append(slices.Clone(ownEndings[1:]), "")
	}
	best, bestRank := "", len(order)
	for _, uses := range [][]FieldUse{p.param.Fields, n.holders[p]} {
		for _, u := range uses {
			f := strings.TrimSuffix(u.Field, "[]")
			rest, ok := strings.CutPrefix(noun.Fold(f), b)
			if !ok || u.Field != f {
				continue
			}
			rank := slices.Index(order, rest)
			if rank >= 0 && rank < bestRank {
				best, bestRank = f, rank
			}
		}
	}
	return best
}

// ownEndings are what follows the noun in the names of properties that identify one of its things,
// the most telling first.
var ownEndings = []string{"", "id", "number", "slug", "key", "uuid", "sha", "name", "code", "handle", "identifier"}

// nounKind distinguishes parameters of one noun: teams by number and teams by name.
func (n *namer) nounKind(p *level) string {
	if n.hasMostlyIDs(p) {
		return "\x00"
	}
	return ""
}

// aboveField returns a property that holds the values and is called like a literal farther above:
// linode_id for linode/instances/{…}.
func (n *namer) aboveField(p *level) string {
	of := p.collectionNoun()
	for q := p.parent; q != nil && q.parent != nil; q = q.parent {
		if q.isParameter() {
			break
		}
		if q.isVersion || q.literal == of {
			continue
		}
		b := noun.Fold(noun.Singular(q.literal)) + "id"
		for _, u := range n.holders[p] {
			if noun.Fold(u.Field) == b {
				return u.Field
			}
		}
	}
	return ""
}

// mainField returns the identifying property that holds the segment in most responses to requests
// with it.
func (n *namer) mainField(p *level) string {
	uses := slices.Clone(p.param.Fields)
	// small numbers occur anywhere
	if len(uses) == 0 && p.param.Format != "integer" && !p.followsParameter() && n.childParam[p] == nil {
		for _, u := range n.holders[p] {
			if !strings.HasSuffix(u.Field, "[]") && 5*u.Seen >= 3*int64(len(p.valueHashes())) && n.isEvidence(p, u) {
				uses = append(uses, u)
			}
		}
	}
	uses = slices.DeleteFunc(uses, func(u FieldUse) bool {
		words := noun.Words(u.Field)
		return len(words) > 1 && roleWords[words[0]]
	})
	uses = p.withoutForeignIDs(uses)
	slices.SortStableFunc(uses, func(a, b FieldUse) int {
		return cmp.Or(cmp.Compare(identifyingRank(a), identifyingRank(b)), cmp.Compare(b.Seen, a.Seen),
			cmp.Compare(len(noun.Words(a.Field)), len(noun.Words(b.Field))))
	})
	for _, u := range uses {
		if identifyingRank(u) <= 1 && 2*u.Seen >= uses[0].Seen {
			return strings.TrimSuffix(u.Field, "[]")
		}
	}
	for _, u := range uses {
		if u.Seen >= 2 && n.decider.isIdentifyingField(p.parent, u.qualified()) && isName(u.Field) {
			return u.Field
		}
	}
	return ""
}

// minNamedWords is the number of words that bodies must hold in a property of another thing.
const minNamedWords = 3

// isEvidence reports whether a property of another thing that holds values of a parameter may give
// it its name. Values that are no plain words are seldom equal by chance, nor are words in the list
// above. Of other words there must be several, and a property of several words must have one of the
// noun above, as item_code has below order-items.
func (n *namer) isEvidence(p *level, u FieldUse) bool {
	if !p.hasPlainWords() || p.hasRule(reasonParentList) {
		return true
	}
	words, of := noun.Words(u.Field), noun.Words(noun.Singular(p.collectionNoun()))
	isShared := func(w string) bool { return slices.Contains(of, w) }
	return u.Seen >= minNamedWords && (len(words) == 1 || len(of) == 0 || slices.ContainsFunc(words, isShared))
}

// hasPlainWords reports whether most of the values are words of lower-case letters.
func (l *level) hasPlainWords() bool {
	plain := 0
	for _, c := range l.members {
		plain += boolToInt(c.ownNode && c.prefix == "" && isPlainWord(c.decoded))
	}
	return 2*plain > len(l.members)
}

// identifyingRank orders fields: identifiers, then names, then others.
func identifyingRank(u FieldUse) int {
	c := classOf(u.Field, strings.HasSuffix(u.Field, "[]"))
	switch {
	case c&classIDField != 0:
		return 0
	case c&classNameField != 0:
		return 1
	}
	return 2
}

// withoutForeignIDs drops identifiers of other objects, such as deploymentId below sites, if a
// property that has no other owner holds the values as often, or if the values are small integers
// and the answers have no id of their own: comment 5 may well be by author 5.
func (l *level) withoutForeignIDs(uses []FieldUse) []FieldUse {
	of, isSmall := noun.Words(noun.Singular(l.collectionNoun())), l.hasSmallIntegers() && !l.answersHave("id")
	isForeign := func(u FieldUse) bool {
		words := noun.Words(strings.TrimSuffix(u.Field, "[]"))
		isOurs := func(w string) bool { return slices.Contains(of, w) }
		return len(words) > 1 && identifyingRank(u) == 0 && !slices.ContainsFunc(words[:len(words)-1], isOurs)
	}
	var own int64
	for _, u := range uses {
		if identifyingRank(u) <= 1 && !isForeign(u) {
			own = max(own, u.Seen)
		}
	}
	return slices.DeleteFunc(uses, func(u FieldUse) bool { return isForeign(u) && (isSmall || u.Seen <= own) })
}

// answersHave reports whether the answers to a value have a property.
func (l *level) answersHave(property string) bool {
	h := bottomk.Hash(property)
	return slices.ContainsFunc(l.members, func(c *candidate) bool { _, ok := c.topProperties[h]; return ok })
}

// hasMostlyIDs reports whether most of the values look like identifiers.
func (n *namer) hasMostlyIDs(p *level) bool {
	strong, weak := 0, 0
	for _, c := range p.members {
		if c.isStrong() {
			strong += 2
		} else {
			weak++
		}
	}
	return strong > weak
}

// holders counts, by field, the values of a parameter that occurred there in any body. Of
// identifiers it sees a sample.
func (d *decider) holders(p *level) []FieldUse {
	counts := map[string]int64{}
	tally := func(s *adaptiveSample[*valueFacts], h uint64) {
		if v := s.entries[h]; v != nil {
			for _, r := range v.fieldRanks {
				if name, ok := d.nameByRank[r]; ok {
					counts[name]++
				}
			}
		}
	}
	for h := range p.valueHashes() {
		tally(&d.tree.index.wordValues, h)
		tally(&d.tree.index.idValues, h)
	}
	return fieldUses(counts)
}

// collectionNoun returns the noun that a parameter's values are instances of: the nearest literal
// above, or the plural one above a singular. It skips a literal after which a version follows,
// since that names the API, and one with three digits in a row, since that is someone's name.
func (l *level) collectionNoun() string {
	if own := l.ownNoun(); own != "" {
		return own
	}
	version := false
	for q := l.parent; q != nil && q.parent != nil; q = q.parent {
		after := version
		version = q.isVersion
		if q.isVersion || after || q.isParameter() || q.literal == "" || longestDigitRun(q.literal) >= 3 {
			continue
		}
		up := q.parent
		if !noun.IsPlural(q.literal) && up.parent != nil && !up.isParameter() && !up.isVersion &&
			noun.IsPlural(up.literal) {
			return up.literal
		}
		return q.literal
	}
	return ""
}
