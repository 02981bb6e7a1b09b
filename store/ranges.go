package store

import (
	"slices"
	"sort"

	"github.com/spectap/spectap/flow"
)

// Range is a run of record numbers, both ends included.
type Range struct{ First, Last flow.Seq }

// Ranges is a set of record numbers: sorted runs that neither overlap nor touch.
type Ranges []Range

// Contains reports whether s is in the set.
func (r Ranges) Contains(s flow.Seq) bool {
	i := sort.Search(len(r), func(i int) bool { return r[i].Last >= s })
	return i < len(r) && r[i].First <= s
}

// Add returns the set with s in it. It may change r.
func (r Ranges) Add(s flow.Seq) Ranges { return r.Union(Range{s, s}) }

// Union returns the set with all of x in it. It may change r.
func (r Ranges) Union(x Range) Ranges {
	if x.First > x.Last {
		return r
	}
	// All runs from i to j-1 overlap x or touch it.
	i := sort.Search(len(r), func(i int) bool { return r[i].Last+1 >= x.First })
	j := i
	for j < len(r) && r[j].First <= x.Last+1 {
		x.First, x.Last = min(x.First, r[j].First), max(x.Last, r[j].Last)
		j++
	}
	return slices.Replace(r, i, j, x)
}
