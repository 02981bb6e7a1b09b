package schema

import (
	"slices"

	"github.com/spectap/spectap/infer/bottomk"
)

// memberSet is the names of a record that an operation sends or answers, in ascending order, and
// the family of the operation.
type memberSet struct {
	names  []string
	family string
}

// findMixtures returns the values that hold the records of several unlike collections: the data of
// an audit log, the objects of a webhook, the results of a search over everything. Some of their
// objects have exactly the members of a record that one operation sends or answers, others those of
// a record of another family. Such a value is no evidence that these records are one. If one tag
// distinguishes all objects, they are alternatives instead.
func findMixtures(bodies []Body) map[*valueFacts]bool {
	records := map[uint64][]memberSet{} // by the hash of the names
	for i := range bodies {
		if b := &bodies[i]; b.Facts != nil && b.Role != Error && b.Family != "" {
			addMemberSets(&b.Facts.root, b.Family, 0, records)
		}
	}
	mixtures := map[*valueFacts]bool{}
	for i := range bodies {
		if f := bodies[i].Facts; f != nil {
			addMixtures(&f.root, bodies[i].Family, records, mixtures)
		}
	}
	return mixtures
}

// maxWrappers is how many lists and wrappers surround a record that an operation is about.
const maxWrappers = 2

// addMemberSets adds the sets of members that the records at n have: all of them, and those that
// each object has. A wrapper holds a record, or a list of records, one level down.
func addMemberSets(n *valueFacts, family string, depth int, records map[uint64][]memberSet) {
	if n.array != nil && n.array.items != nil && depth < maxWrappers {
		addMemberSets(n.array.items, family, depth+1, records)
	}
	for _, r := range n.objects() {
		var all, always []string
		var hashAll, hashAlways uint64
		for _, p := range r.properties {
			all, hashAll = append(all, p.name.text), hashAll+p.name.hash
			if p.facts.present == r.objects {
				always, hashAlways = append(always, p.name.text), hashAlways+p.name.hash
			}
			if len(r.properties) <= maxWrapperProperties && depth < maxWrappers {
				addMemberSets(&p.facts.values, family, depth+1, records)
			}
		}
		addMemberSet(memberSet{all, family}, hashAll, records)
		if len(always) < len(all) {
			addMemberSet(memberSet{always, family}, hashAlways, records)
		}
	}
}

// addMemberSet adds a set of members, unless it is too small to identify a record.
func addMemberSet(s memberSet, sum uint64, records map[uint64][]memberSet) {
	if len(s.names) < minMixedMembers {
		return
	}
	slices.Sort(s.names)
	h := bottomk.Int(sum)
	if !slices.ContainsFunc(records[h], func(o memberSet) bool { return o.family == s.family }) {
		records[h] = append(records[h], s)
	}
}

// minMixedMembers is how many members identify a record.
const minMixedMembers = 3

// addMixtures adds the mixtures at n and below.
func addMixtures(n *valueFacts, family string, records map[uint64][]memberSet, mixtures map[*valueFacts]bool) {
	if isMixture(n, family, records) {
		mixtures[n] = true
		return
	}
	if n.array != nil && n.array.items != nil {
		addMixtures(n.array.items, family, records, mixtures)
	}
	for _, r := range n.objects() {
		for _, p := range r.properties {
			addMixtures(&p.facts.values, family, records, mixtures)
		}
		if r.pool != nil {
			addMixtures(&r.pool.values, family, records, mixtures)
		}
	}
}

// isMixture reports whether objects at n have the members of records of two other families that
// share less than half of their members.
func isMixture(n *valueFacts, family string, records map[uint64][]memberSet) bool {
	var found []memberSet
	untagged := false
	for _, r := range n.objects() {
		untagged = untagged || r.tag == nil
		if r.keySets == nil {
			continue
		}
		for _, e := range r.keySets.entries {
			for _, s := range records[e.hash] {
				if s.family != family {
					found = append(found, s)
				}
			}
		}
	}
	return untagged && slices.ContainsFunc(found, func(s memberSet) bool {
		return slices.ContainsFunc(found, func(o memberSet) bool { return s.family != o.family && s.isUnlike(o) })
	})
}

// isUnlike reports whether two sets have less than half of their names in common, and neither
// contains the other.
func (s memberSet) isUnlike(o memberSet) bool {
	both := 0
	for _, name := range s.names {
		if _, found := slices.BinarySearch(o.names, name); found {
			both++
		}
	}
	n, m := len(s.names), len(o.names)
	return both < n && both < m && 2*both < n+m-both
}
