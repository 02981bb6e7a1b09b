package route

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/noun"
)

// smallIntegers returns the hashes of the integers that occur in bodies by chance.
var smallIntegers = sync.OnceValue(func() hashSet {
	out := hashSet{}
	for i := range 100 {
		out[bottomk.Hash(strconv.Itoa(i))] = struct{}{}
	}
	return out
})

// hasSmallIntegers reports whether most of the values are integers that occur anywhere.
func (l *level) hasSmallIntegers() bool {
	all := l.valueHashes()
	return l.param.Format == "integer" && 2*countCommon(all, smallIntegers()) > len(all)
}

// dropChance removes the properties of a parameter that may hold its values by chance: a property
// with d distinct values holds a given one of them in one response of d. Properties called like the
// noun above stay.
func (n *namer) dropChance(p *level) {
	responses := int64(0)
	for _, c := range p.members {
		responses += c.responses
	}
	of := noun.Fold(noun.Singular(p.collectionNoun()))
	isOfNoun := func(u FieldUse) bool { return of != "" && strings.HasPrefix(noun.Fold(u.Field), of) }
	small, isWord := p.hasSmallIntegers(), p.hasPlainWords()
	if !isWord && p.param.Format != "integer" { // identifiers are seldom equal by chance
		return
	}
	p.param.Fields = slices.DeleteFunc(p.param.Fields, func(u FieldUse) bool {
		f := n.decider.tree.index.fields.entries[bottomk.Hash(u.qualified())]
		if f == nil {
			return false
		}
		distinct := f.distinctValues.estimate()
		if classOf(u.Field, false)&(classIDField|classNameField) == 0 {
			return !(isWord && u.Seen == responses) && !isOfNoun(u) && isLikelyChance(u.Seen, responses, p.param.Values, distinct)
		}
		if !small || (u.Owner == "" || wrapperWords[u.Owner]) && u.Seen == responses {
			return false
		}
		return u.Seen < 2 || u.Seen*distinct < 2*responses
	})
	if !small {
		return
	}
	n.holders[p] = slices.DeleteFunc(n.holders[p], func(u FieldUse) bool {
		same := func(v FieldUse) bool { return v.qualified() == u.qualified() }
		return !isOfNoun(u) && !slices.ContainsFunc(p.param.Fields, same)
	})
}

// likelyChance is the probability from which an observation counts as chance.
const likelyChance = 0.05

// isLikelyChance reports whether a property with d distinct values may hold the segment in seen of
// n responses by chance. Responses to one value are no independent trials, so each of the distinct
// values of the parameter counts as one.
func isLikelyChance(seen, n, values, d int64) bool {
	trials := max(1, min(n, values))
	if trials > 64 {
		return seen*max(1, d) < 2*n
	}
	hits, p := (seen*trials+n-1)/max(1, n), 1/float64(max(1, d))
	// The upper tail of the binomial distribution.
	tail, term := 0.0, math.Pow(1-p, float64(trials))
	if p == 1 {
		return true
	}
	for k := range trials + 1 {
		if k >= hits {
			tail += term
		}
		term *= float64(trials-k) / float64(k+1) * p / (1 - p)
	}
	return tail >= likelyChance
}
