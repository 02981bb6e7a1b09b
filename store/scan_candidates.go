package store

import (
	"encoding/binary"
	"iter"
	"slices"
	"sort"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/format"
)

// candidate is a record that a query must examine. data is valid within the transaction only.
type candidate struct {
	n     uint64 // local number
	data  []byte
	brief *flow.Flow // instead of data, with local numbers, if an index has all that the query needs
}

// candidates yields the records between two numbers, both included, that the indexes cannot exclude
// for q. Records in q.Except, of other hosts and in blocks outside the time of q are skipped
// without being read. With q.Newest the order is descending.
func (db *DB) candidates(tx *bolt.Tx, q *Query, from, to flow.Seq) iter.Seq2[*segment, candidate] {
	return func(yield func(*segment, candidate) bool) {
		host, known := uint32(0), true
		if q.Authority != "" {
			if host, known = hostID(tx, q.Authority); !known {
				return
			}
		}
		indexed := q.Brief || q.Authority != "" || !q.Since.IsZero() || !q.Before.IsZero()
		live := liveSegment(tx)
		for gap := range q.runs(from, to) {
			for _, sr := range segmentsOf(tx, live, gap, q.Newest) {
				var list iter.Seq[candidate]
				if indexed {
					list = sr.indexed(q, host, db.codec)
				} else {
					list = sr.all(q.Newest)
				}
				for c := range list {
					if !yield(sr.seg, c) {
						return
					}
				}
			}
		}
	}
}

// runs yields the runs of numbers between from and to that q selects.
func (q *Query) runs(from, to flow.Seq) iter.Seq[Range] {
	if q.Only == nil {
		return gapsBetween(q.Except, from, to, q.Newest)
	}
	return func(yield func(Range) bool) {
		i := sort.Search(len(q.Only), func(i int) bool { return q.Only[i].Last >= from })
		j := sort.Search(len(q.Only), func(i int) bool { return q.Only[i].First > to })
		only := q.Only[i:max(i, j)]
		for n := range only {
			r := only[n]
			if q.Newest {
				r = only[len(only)-1-n]
			}
			for gap := range gapsBetween(q.Except, max(from, r.First), min(to, r.Last), q.Newest) {
				if !yield(gap) {
					return
				}
			}
		}
	}
}

// segmentRun is a run of records within one segment, by local numbers, both included.
type segmentRun struct {
	seg    *segment
	lo, hi uint64
}

// segmentsOf splits a run of record numbers at the borders of segments.
func segmentsOf(tx *bolt.Tx, live *segment, r Range, newest bool) []segmentRun {
	var out []segmentRun
	c := tx.Bucket(rootSegments).Cursor()
	from := r.First
	for k, v := c.Seek(key64(uint64(from))); k != nil && from <= r.Last; k, v = c.Next() {
		e, ok := readExtent(k, v)
		if !ok || e.base >= r.Last {
			break
		}
		if from <= e.base {
			out = append(out, segmentRun{live, uint64(from), uint64(e.base)})
			from = e.base + 1
		}
		if seg := e.segment(tx); seg != nil {
			out = append(out, segmentRun{seg, uint64(from - e.base), uint64(min(r.Last, e.last) - e.base)})
		}
		from = e.last + 1
	}
	if from <= r.Last {
		out = append(out, segmentRun{live, uint64(from), uint64(r.Last)})
	}
	if newest {
		slices.Reverse(out)
	}
	return out
}

// all yields the records of finished and open flows, merged by number.
func (p segmentRun) all(newest bool) iter.Seq[candidate] {
	return func(yield func(candidate) bool) {
		done := newRun(p.seg.flows.Cursor(), p.lo, p.hi, newest)
		open := newRun(p.seg.open.Cursor(), p.lo, p.hi, newest)
		for done.ok || open.ok {
			r := &done
			if !done.ok || open.ok && (open.n < done.n) != newest {
				r = &open
			}
			if !yield(candidate{n: r.n, data: r.v}) {
				return
			}
			r.next()
		}
	}
}

// run is a cursor over the numbers lo to hi of a table. With newest, hi is less than 1<<64 - 1.
type run struct {
	c      *bolt.Cursor
	lo, hi uint64
	newest bool
	n      uint64
	v      []byte
	ok     bool
}

func newRun(c *bolt.Cursor, lo, hi uint64, newest bool) run {
	r := run{c: c, lo: lo, hi: hi, newest: newest}
	if !newest {
		r.set(c.Seek(key64(lo)))
		return r
	}
	if k, _ := c.Seek(key64(hi + 1)); k == nil {
		r.set(c.Last())
	} else {
		r.set(c.Prev())
	}
	return r
}

func (r *run) next() { r.set(r.step()) }

func (r *run) step() (k, v []byte) {
	if r.newest {
		return r.c.Prev()
	}
	return r.c.Next()
}

func (r *run) set(k, v []byte) {
	for k != nil && len(k) != 8 { // of a damaged file
		k, v = r.step()
	}
	if r.ok = len(k) == 8; r.ok {
		r.n, r.v = binary.BigEndian.Uint64(k), v
		r.ok = r.lo <= r.n && r.n <= r.hi
	}
}

// indexed yields the records block by block. It skips blocks outside the time of q. If q has an
// authority, it reads only the records in the host's lists. For a brief query, it reads indexes in
// place of records.
func (p segmentRun) indexed(q *Query, host uint32, c *format.Codec) iter.Seq[candidate] {
	return func(yield func(candidate) bool) {
		blocks := newRun(p.seg.blocks.Cursor(), p.lo/blockSize, p.hi/blockSize, q.Newest)
		for ; blocks.ok; blocks.next() {
			b, ok := readBlockSummary(blocks.v)
			if ok && !isWithin(&b, q) {
				continue
			}
			first := blocks.n * blockSize
			sub := segmentRun{p.seg, max(p.lo, first), min(p.hi, first+blockSize-1)}
			list := sub.all(q.Newest)
			if q.Authority != "" {
				list = sub.listed(hostListKey{Block: blocks.n, Host: host}, q.Newest)
			}
			if q.Brief && ok && (q.Authority == "" || p.seg.byHost.Get(hostListKey{Block: blocks.n, Host: host}.Bytes()) != nil) {
				if flows := p.seg.readIndex(c, blocks.n, &b); flows != nil {
					list = sub.briefs(flows, q)
				}
			}
			for c := range list {
				if !yield(c) {
					return
				}
			}
		}
	}
}

// isWithin reports whether a flow of the block may have started in the time of q.
func isWithin(b *blockSummary, q *Query) bool {
	return (q.Since.IsZero() || b.Max >= q.Since.Unix()) && (q.Before.IsZero() || b.Min <= q.Before.Unix())
}

// listed yields the records in a host's list.
func (p segmentRun) listed(k hostListKey, newest bool) iter.Seq[candidate] {
	return func(yield func(candidate) bool) {
		list := p.seg.byHost.Get(k.Bytes())
		size := len(list) / 2
		for i := range size {
			if newest {
				i = size - 1 - i
			}
			n := k.Block*blockSize + uint64(binary.BigEndian.Uint16(list[2*i:]))
			if n < p.lo || n > p.hi {
				continue
			}
			if rec, _ := p.seg.record(n); rec != nil && !yield(candidate{n: n, data: rec}) {
				return
			}
		}
	}
}
