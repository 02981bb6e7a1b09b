package search

import (
	"iter"

	"github.com/spectap/spectap/flow"
)

// Entries yields the entries that a filter selects, newest first, without reading their flows: the
// newest state of each flow that the index covers. The Query of the filter is ignored.
func (x *Index) Entries(p *Filter) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		const chunk = 4096
		replaced := map[flow.Seq]bool{} // flows with a newer state
		for from := flow.Seq(0); ; {
			entries, _, next := x.descending(&Filter{}, from, chunk)
			for i := range entries {
				e := &entries[i].Entry
				if replaced[e.Seq] {
					continue
				}
				if e.Seq != e.Last {
					replaced[e.Seq] = true
				}
				if p.selects(e) && !yield(e) {
					return
				}
			}
			if from = next; next == 0 {
				return
			}
		}
	}
}
