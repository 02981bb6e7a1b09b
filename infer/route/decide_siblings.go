package route

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/sketch"
)

// maxComparedSiblings bounds the siblings that each candidate is compared with one by one.
const maxComparedSiblings = 48

// siblings holds the facts about all candidates of one level.
type siblings struct {
	all            []*candidate
	compared       []*candidate // the candidates to compare with: a sample by hash
	weak           int          // number without a strong shape
	hasStrong      bool
	hasBelow       bool // a candidate has segments below
	parentPosts    bool // the path above the candidates has POST
	linkedNames    int64
	parentNodes    int                 // trie nodes merged above
	uriTemplate    bool                // bodies hold a URI template with an expression here
	echoedByName   map[string]bool     // see selfEchoFields
	ownEchoes      int                 // see selfEchoFields
	unlikeWords    int                 // names that are not like words
	lowerCaseAbove bool                // all literals above begin in lower case
	areCodes       bool                // see areCodes
	languages      int                 // see countLanguages
	nested, owned  map[*candidate]bool // see findNested, findOwned
	namespaces     int                 // see countNamespaces
	differentNouns int                 // see countDifferentNouns
	hasServedIDs   bool                // see hasServedIDs
	signed         map[string]int64    // see countSigned
}

// siblings collects the facts about all candidates of one level.
func (d *decider) siblings(parent *level, all []*candidate) *siblings {
	s := &siblings{all: all, compared: all, parentNodes: len(parent.nodes)}
	if len(all) > maxComparedSiblings {
		s.compared = slices.Clone(all)
		slices.SortFunc(s.compared, func(a, b *candidate) int {
			return cmp.Or(cmp.Compare(sketch.Hash(a.label), sketch.Hash(b.label)), strings.Compare(a.label, b.label))
		})
		s.compared = s.compared[:maxComparedSiblings]
	}
	for _, c := range all {
		s.hasBelow = s.hasBelow || !c.isLeaf
		if c.isStrong() {
			s.hasStrong = true
		} else {
			s.weak++
		}
	}
	for _, n := range parent.nodes {
		for _, m := range n.methods {
			s.parentPosts = s.parentPosts || m.method == "POST"
		}
	}
	s.echoedByName, s.ownEchoes = selfEchoFields(all)
	s.lowerCaseAbove = parent.isLowerCaseAbove()
	s.areCodes = areCodes(all)
	s.languages = countLanguages(all)
	for _, c := range all {
		s.unlikeWords += boolToInt(c.ownNode && !c.isStrong() && !c.isWordLike())
	}
	s.nested, s.owned = d.findNested(parent, s.compared), d.findOwned(parent, s.compared)
	s.namespaces = d.countNamespaces(all)
	s.differentNouns = countDifferentNouns(all)
	s.hasServedIDs = hasServedIDs(all)
	s.signed = countSigned(s.compared)
	seen := map[string]bool{}
	for _, l := range parent.linkNodes {
		for label := range l.children {
			if strings.HasPrefix(label, "{") {
				s.uriTemplate = true
				continue
			}
			seen[label] = true
		}
	}
	for _, c := range all {
		delete(seen, c.label)
	}
	for label := range seen {
		// URLs whose first segment was never requested belong to other sites.
		if parent.parent != nil && (!parent.isParameter() || shapeOf(label) != shapeWord) {
			s.linkedNames++
		}
	}
	return s
}

// selfEchoFields returns the properties that hold the segment itself in the responses of at least
// two candidates and of half of those with responses, whatever the properties are called: "kind":
// "owner" below /links/owner, "template": "welcome" below /mails/welcome.
//
// Properties such as type and kind also repeat the names of literals. They count only at the top
// level of the response and for segments that are not plural nouns.
func selfEchoFields(all []*candidate) (fields map[string]bool, ownEchoes int) {
	answering := 0
	held := map[string]int{}
	for _, c := range all {
		if !c.ownNode || c.isStrong() || c.responses == 0 {
			continue
		}
		answering++
		for _, name := range c.echoFields {
			if 5*c.echoCounts[name] < 4*c.responses {
				continue
			}
			tail := fieldTail(strings.TrimSuffix(name, "[]"))
			if classOf(tail, false)&classVocabulary != 0 {
				if _, top := c.topProperties[sketch.Hash(tail)]; !top || noun.IsPlural(c.decoded) {
					continue
				}
			}
			held[name]++
		}
	}
	out := map[string]bool{}
	for name, n := range held {
		if n >= 2 && 2*n >= answering {
			out[name] = true
			if tail := fieldTail(strings.TrimSuffix(name, "[]")); classOf(tail, false)&classVocabulary == 0 {
				ownEchoes = max(ownEchoes, n)
			}
		}
	}
	return out, ownEchoes
}

// shared compares the path suffixes below c with those below its siblings. It returns the larger of
// two shares: the share of c's suffixes that a sibling has too, and the share of siblings of whose
// suffixes c has more than half. n is the larger of the two counts. If the suffixes without the
// next segment give a larger share, it returns that: the next segment may itself be a name.
func (s *siblings) shared(c *candidate) (share float64, n int) {
	if len(c.suffixes) == 0 {
		return 0, 0
	}
	of := func(get func(*candidate) hashSet) (float64, int) {
		mine := get(c)
		seen := hashSet{}
		inside, with := 0, 0
		for _, o := range s.compared {
			theirs := get(o)
			if o == c || len(theirs) == 0 {
				continue
			}
			with++
			both := 0
			small, large := mine, theirs
			if len(small) > len(large) {
				small, large = large, small
			}
			for h := range small {
				if _, ok := large[h]; ok {
					seen[h] = struct{}{}
					both++
				}
			}
			if 2*both > len(theirs) {
				inside++
			}
		}
		if len(mine) == 0 || with == 0 {
			return 0, 0
		}
		return max(float64(len(seen))/float64(len(mine)), float64(inside)/float64(with)), max(len(seen), inside)
	}
	share, n = of(func(c *candidate) hashSet { return c.suffixes })
	if s2, n2 := of(func(c *candidate) hashSet { return c.maskedSuffixes }); s2 > share {
		share, n = s2, n2
	}
	return share, n
}
