package route

import (
	"math"

	"github.com/spectap/spectap/infer/noun"
)

// nearRoot finds the first and second segment, and one after a version.
func (q *question) nearRoot() finding {
	f := finding{times: float64(boolToInt(q.parent.parent != nil && q.parent.isVersion))}
	switch {
	case isLocale(q.c.decoded) || q.c.isAssigned(): // wherever it stands
	case q.parent.depth == 0:
		f.times += 2
	case q.parent.depth == 1 && (!noun.IsPlural(q.parent.literal) || isPlainWord(q.c.decoded) && !q.isNoWord(q.c)):
		f.times++
	}
	return f
}

// belowPlural finds a segment directly below a plural noun.
func (q *question) belowPlural() finding {
	return found(q.parent.isBelowPlural() && !q.parent.isVersion)
}

// links finds the names that only URLs in bodies have here.
func (q *question) links() finding {
	n := q.s.linkedNames()
	return finding{times: logShare(n), count: n}
}

// logShare grows with n: it is 0 for 0, 1 for 7, and at most 1.5.
func logShare(n int64) float64 { return min(1.5, math.Log2(1+float64(n))/3) }

// written finds segments that are replaced, changed or deleted.
func (q *question) written() finding { return found(q.c.isWritten()) }

// onlyPosted finds the end of a path that was only posted to, and that no verb follows.
func (q *question) onlyPosted() finding {
	c := q.c
	return found(c.isLeaf && c.verbStems == 0 && len(c.methods) == 1 && c.hasMethod("POST"))
}

// beforeVerbs finds a name of which a verb follows other names, too.
func (q *question) beforeVerbs() finding {
	if q.c.verbStems < 2 || noun.IsPlural(q.c.decoded) {
		return finding{}
	}
	return counted(q.c.verbStems)
}

// siblingIDs finds an identifier among the siblings.
func (q *question) siblingIDs() finding { return found(q.s.hasStrong) }

// leaf finds the end of all paths.
func (q *question) leaf() finding { return found(q.c.isLeaf) }

// amongNames counts the names at the level.
func (q *question) amongNames() finding {
	if q.s.weak < 2 {
		return finding{}
	}
	return finding{times: logShare(int64(q.s.weak)), count: int64(q.s.weak)}
}

// usedElsewhere finds a segment below several values of a parameter, or in three other places.
func (q *question) usedElsewhere() finding {
	c, f := q.c, finding{}
	if len(q.parent.nodes) >= 3 && len(c.nodes) > 1 {
		f.times, f.count = 1, int64(len(c.nodes))
	}
	if n := q.labelUses[c.label]; n > 2 && (q.firstPass == nil ||
		len(q.firstPass.valuePrefixes[c.hash]) <= len(q.firstPass.literalPrefixes[c.hash])) {
		f.times, f.count = f.times+1, max(f.count, int64(n))
	}
	return f
}
