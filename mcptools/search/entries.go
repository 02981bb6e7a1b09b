package search

import (
	"iter"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
)

// Entry describes one flow as it was at record Last.
type Entry struct {
	Seq, Last       flow.Seq
	Started         time.Time
	Took            time.Duration
	Size            int64 // bytes of the response's body
	Status          int   // 0 without a response
	Method          string
	Host, MediaType string
	// Path is the path with the fragment of its variant (package call), as sent. It may contain
	// secrets: it is matched with templates, never shown. "" if it is very long.
	Path string
	Done bool   // the exchange has ended
	Mark uint32 // what the Observer returned for the flow; 0 if it returned nothing
}

// EntryOf returns the entry of a flow, without a mark. It shares memory with the flow.
func EntryOf(f *flow.Flow) Entry { return entry(f, pathOf(f)) }

func entry(f *flow.Flow, path string) Entry {
	e := Entry{
		Seq: f.Seq, Last: f.Last, Started: f.Started, Took: f.Took, Done: f.Done, Path: path,
		Method: f.Request.Method, Host: f.Request.Authority,
	}
	if f.Response != nil {
		e.Status, e.MediaType = f.Response.Status, f.Response.Header.MediaType()
		e.Size = f.Response.Body.Size
	}
	return e
}

// maxPath limits the path of an entry, in bytes. A longer one is left out.
const maxPath = 2000

// pathOf returns the path of an entry.
func pathOf(f *flow.Flow) string {
	path := call.PathOf(f)
	if len(path) > maxPath {
		return ""
	}
	return strings.Clone(path) // it may be a substring of a large record
}

// Entries yields the entries that a filter selects, newest first, without reading their flows: the
// newest state of each flow that the index covers. The Query of the filter is ignored. Entries must
// not be changed; they stay as they are when the index grows.
func (x *Index) Entries(p *Filter) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		const chunk = 4096
		replaced := seqSet{} // flows with a newer state
		entries := make([]*Entry, 0, chunk)
		for from := flow.Seq(0); ; {
			var next flow.Seq
			entries, next = x.entriesFrom(from, entries[:0])
			for _, e := range entries {
				if replaced.has(e.Seq) {
					continue
				}
				if e.Seq != e.Last {
					replaced.add(e.Seq)
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

// seqSet is a set of numbers of flows, which are dense. It maps each 4096 of them to their bits.
type seqSet map[flow.Seq]*[64]uint64

func (s seqSet) add(n flow.Seq) {
	bits := s[n>>12]
	if bits == nil {
		bits = new([64]uint64)
		s[n>>12] = bits
	}
	bits[n>>6&63] |= 1 << (n & 63)
}

func (s seqSet) has(n flow.Seq) bool {
	bits := s[n>>12]
	return bits != nil && bits[n>>6&63]&(1<<(n&63)) != 0
}
