package route

import "github.com/spectap/spectap/infer/bottomk"

// eachBefore yields the members of a parameter that a candidate directly follows.
func (l *level) eachBefore(c *candidate, yield func(above *candidate)) {
	for _, above := range l.members {
		if !above.ownNode {
			continue
		}
		for _, n := range above.nodes {
			if n.children[c.label] != nil {
				yield(above)
				break
			}
		}
	}
}

// pair finds a segment joined with one before or after it, as one value of a body or as two
// parameters elsewhere.
func (q *question) pair() finding {
	c := q.c
	if isMarkedWord(c.decoded) {
		return finding{}
	}
	if !q.parent.isParameter() {
		return counted(c.pairs)
	}
	joined, elsewhere := 0, 0
	here := q.parent.signature()
	q.parent.eachBefore(c, func(above *candidate) {
		if v := q.tree.index.idValues.entries[hashPair(above.decoded, c.decoded)]; v != nil &&
			v.classes&(classIDField|classNameField|classOtherField) != 0 {
			joined++
		}
		if q.firstPass != nil && q.firstPass.parameterPairs[bottomk.Pair(above.hash, c.hash)].elsewhere(here) > 0 {
			elsewhere++
		}
	})
	if joined = max(joined, int(c.pairs)); joined > 0 {
		return counted(joined)
	}
	f := counted(elsewhere)
	f.explanation = "it follows the same value elsewhere"
	return f
}

// elsewhere finds what the first pass decided on the same segment: below other prefixes, and below
// the same noun.
func (q *question) elsewhere() finding {
	k, c := q.firstPass, q.c
	if k == nil {
		return finding{}
	}
	var f finding
	here := q.parent.signature()
	values, literals := k.valuePrefixes[c.hash].elsewhere(here), k.literalPrefixes[c.hash].elsewhere(here)
	switch {
	case values > literals:
		f.times, f.count = 1, int64(values)
		f.witness = q.parent.isParameter() || values > 1 || literals == 0 && q.s.hasStrong
	case literals > values:
		f.times, f.count = -1, int64(literals)
	}
	below := bottomk.Pair(q.parent.nearestNoun(), c.hash)
	if n, lits := k.valuesByNoun[below].elsewhere(here), k.literalsByNoun[below].elsewhere(here); lits > n && !q.parent.isParameter() {
		f.times, f.count = f.times-1, f.count+int64(lits)
	} else if n > 0 {
		f.times, f.count, f.witness = f.times+1, f.count+int64(n), true
	}
	f.explanation = "it is a value of a parameter elsewhere"
	if f.times < 0 {
		f.explanation = "it is a literal elsewhere"
	}
	return f
}
