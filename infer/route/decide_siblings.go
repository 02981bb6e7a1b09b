package route

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/sketch"
)

// maxCompared bounds the siblings that a child's paths below are compared with, one by one.
const maxComparedSiblings = 48

func (d *decider) siblings(parent *mergedNode, all []*candidate) *siblings {
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
	s.echoedByName = selfEchoFields(all)
	s.lowerCaseAbove = parent.isLowerCaseAbove()
	s.areCodes = areCodes(all)
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
		// URLs whose first segment was never asked for belong to other sites.
		if parent.parent != nil && (!parent.isParameter() || shapeOf(label) != shapeWord) {
			s.linkedNames++
		}
	}
	return s
}

// ownFields are the properties in which the answers of two children or more, and of half of those that answer, hold each
// its own segment, whatever the properties are called: "kind": "owner" below /links/owner, "template": "welcome" below
// /mails/welcome. Words like type and kind repeat what literals are called, too; there the property must stand
// at the top of the answer, and the segments be no names of collections.
func selfEchoFields(all []*candidate) map[string]bool {
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
		}
	}
	return out
}

// siblings is what the children of one place have in common.
type siblings struct {
	all            []*candidate
	compared       []*candidate // those that others are compared with, by hash
	weak           int          // without a strong shape
	hasStrong      bool
	hasBelow       bool // something stands below one of them
	parentPosts    bool // the place itself answers POST
	linkedNames    int64
	parentNodes    int             // nodes merged at the place
	uriTemplate    bool            // bodies hold URI templates with a variable here
	echoedByName   map[string]bool // fields in which the answers of several hold each its own segment
	lowerCaseAbove bool            // literals above begin in lower case
	areCodes       bool            // all that have no strong shape are codes of languages or countries, and there are several
}

// shared says how much of what is below a child is below its siblings, too, or how many of them have nothing else
// below. Where names follow names, what counts is below these.
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
