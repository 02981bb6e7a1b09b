package route

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/sketch"
)

// smallIntegers returns the hashes of the integers that occur in bodies by chance.
var smallIntegers = sync.OnceValue(func() hashSet {
	out := hashSet{}
	for i := range 100 {
		out[sketch.Hash(strconv.Itoa(i))] = struct{}{}
	}
	return out
})

// hasSmallIntegers reports whether most of the values are integers that occur anywhere.
func (l *level) hasSmallIntegers() bool {
	if l.param.Format != "integer" {
		return false
	}
	small, all := 0, l.valueHashes()
	for h := range all {
		if _, ok := smallIntegers()[h]; ok {
			small++
		}
	}
	return 2*small > len(all)
}

// dropChance removes the properties of a parameter of small integers that may hold its values by
// chance: a property with d distinct values holds a given one of them in one response of d. A
// property called like the noun above stays.
func (n *namer) dropChance(p *level) {
	if !p.hasSmallIntegers() {
		return
	}
	responses := int64(0)
	for _, c := range p.members {
		responses += c.responses
	}
	p.param.Fields = slices.DeleteFunc(p.param.Fields, func(u FieldUse) bool {
		f := n.decider.tree.index.fields.entries[sketch.Hash(u.qualified())]
		if f == nil || (u.Owner == "" || wrapperWords[u.Owner]) && u.Seen == responses {
			return false
		}
		return u.Seen < 2 || u.Seen*f.distinctValues.estimate() < 2*responses
	})
	of := noun.Fold(noun.Singular(p.collectionNoun()))
	n.holders[p] = slices.DeleteFunc(n.holders[p], func(u FieldUse) bool {
		same := func(v FieldUse) bool { return v.qualified() == u.qualified() }
		return !strings.HasPrefix(noun.Fold(u.Field), of) && !slices.ContainsFunc(p.param.Fields, same)
	})
}
