package route

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/spectap/spectap/infer/bottomk"
)

// maxComparedSiblings bounds the siblings that each candidate is compared with one by one.
const maxComparedSiblings = 48

// siblings holds the facts about all candidates of one level. Facts that only some reasons need are
// computed on demand.
type siblings struct {
	weak      int // number without a strong shape
	hasStrong bool
	hasBelow  bool // a candidate has segments below

	compared     func() []*candidate          // the candidates to compare with: a sample by hash
	keyed        func() map[string]bool       // see findKeyed
	linkedNames  func() int64                 // see countLinks
	areCodes     func() bool                  // see areCodes
	hasServedIDs func() bool                  // see hasServedIDs
	signed       func() map[string]int64      // see countSigned
	beforeMarked func() map[*candidate]bool   // see findBeforeMarked
	ownRecords   func() map[*candidate]bool   // see findOwnRecords
	sameRecord   func() map[*candidate]bool   // see findSameRecord
	hosts        func() map[*candidate]string // see findHosts
}

// siblings collects the facts about all candidates of one level.
func (d *decider) siblings(parent *level, all []*candidate) *siblings {
	s := &siblings{}
	for _, c := range all {
		s.hasBelow = s.hasBelow || !c.isLeaf
		if c.isStrong() {
			s.hasStrong = true
		} else {
			s.weak++
		}
	}
	s.compared = sync.OnceValue(func() []*candidate { return sampleCandidates(all) })
	s.keyed = sync.OnceValue(func() map[string]bool { return findKeyed(all) })
	s.linkedNames = sync.OnceValue(func() int64 { return countLinks(parent, all) })
	s.areCodes = sync.OnceValue(func() bool { return areCodes(withoutRefused(all)) })
	s.hasServedIDs = sync.OnceValue(func() bool { return hasServedIDs(all) })
	s.signed = sync.OnceValue(func() map[string]int64 { return countSigned(s.compared()) })
	s.beforeMarked = sync.OnceValue(func() map[*candidate]bool { return findBeforeMarked(parent, all) })
	s.ownRecords = sync.OnceValue(func() map[*candidate]bool { return findOwnRecords(parent, withoutRefused(all)) })
	s.sameRecord = sync.OnceValue(func() map[*candidate]bool { return findSameRecord(parent, s.compared()) })
	s.hosts = sync.OnceValue(func() map[*candidate]string { return d.findHosts(parent, all) })
	return s
}

// sampleCandidates returns up to maxComparedSiblings candidates, by hash.
func sampleCandidates(all []*candidate) []*candidate {
	if len(all) <= maxComparedSiblings {
		return all
	}
	sample := slices.Clone(all)
	slices.SortFunc(sample, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(bottomk.Hash(a.label), bottomk.Hash(b.label)), strings.Compare(a.label, b.label))
	})
	return sample[:maxComparedSiblings]
}

// findKeyed returns the names of collections whose items are their siblings, with the key in
// parentheses: Books(1) is an item of Books.
func findKeyed(all []*candidate) map[string]bool {
	out := map[string]bool{}
	for _, c := range all {
		if name, _, ok := strings.Cut(c.prefix, "("); ok && !c.ownNode {
			out[name] = true
		}
	}
	return out
}

// countLinks counts the names at a level that only URLs in bodies have.
func countLinks(parent *level, all []*candidate) (n int64) {
	seen := map[string]bool{}
	for _, l := range parent.linkNodes {
		for label := range l.children {
			if !strings.HasPrefix(label, "{") {
				seen[label] = true
			}
		}
	}
	for _, c := range all {
		delete(seen, c.label)
	}
	for label := range seen {
		// URLs whose first segment was never requested belong to other sites.
		if parent.parent != nil && (!parent.isParameter() || shapeOf(label) != shapeWord) {
			n++
		}
	}
	return n
}
