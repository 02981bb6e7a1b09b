package store

// This file has sets of record numbers, as sorted runs: their arithmetic and their encoding.

import (
	"encoding/binary"
	"errors"
	"iter"
	"slices"
	"sort"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/format"
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

// ContainsAll reports whether all numbers of x are in the set.
func (r Ranges) ContainsAll(x Ranges) bool {
	for _, run := range x {
		i := sort.Search(len(r), func(i int) bool { return r[i].Last >= run.Last })
		if i == len(r) || r[i].First > run.First {
			return false
		}
	}
	return true
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

// gapsBetween yields the runs of numbers between from and to, both included, that are not in
// except, in descending order with newest.
func gapsBetween(except Ranges, from, to flow.Seq, newest bool) iter.Seq[Range] {
	return func(yield func(Range) bool) {
		if newest {
			i := sort.Search(len(except), func(i int) bool { return except[i].First > to })
			for from <= to {
				i--
				if i < 0 || except[i].Last < from {
					yield(Range{from, to})
					return
				}
				if except[i].Last < to && !yield(Range{except[i].Last + 1, to}) {
					return
				}
				if except[i].First <= from {
					return
				}
				to = except[i].First - 1
			}
			return
		}
		i := sort.Search(len(except), func(i int) bool { return except[i].Last >= from })
		for from <= to {
			if i == len(except) || except[i].First > to {
				yield(Range{from, to})
				return
			}
			if except[i].First > from && !yield(Range{from, except[i].First - 1}) {
				return
			}
			if except[i].Last >= to {
				return
			}
			from = except[i].Last + 1
			i++
		}
	}
}

// appendRanges appends the encoding of a set to b: for each run the distance from the end of the
// previous one, and its length minus one.
func appendRanges(b []byte, r Ranges) []byte {
	var end flow.Seq
	for _, x := range r {
		b = binary.AppendUvarint(b, uint64(x.First-end))
		b = binary.AppendUvarint(b, uint64(x.Last-x.First))
		end = x.Last
	}
	return b
}

// readRanges is the inverse of Append. The error is [format.ErrCorrupt].
func readRanges(b []byte) (Ranges, error) {
	var r Ranges
	var end flow.Seq
	for p := (format.Parser{B: b}); len(p.B) > 0; {
		first := end + flow.Seq(p.Uvarint())
		last := first + flow.Seq(p.Uvarint())
		if p.Bad || first <= end || last < first {
			return nil, errors.Join(format.ErrCorrupt, errors.New("numbers of a model"))
		}
		r = append(r, Range{first, last})
		end = last
	}
	return r, nil
}
