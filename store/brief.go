package store

import (
	"bytes"
	"encoding/binary"
	"iter"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/format"
)

// The index has for each complete block what its records say in brief. It is derived from the
// records: a block without an index, or with one that is out of date, is read itself. Each index
// states the count and the weight of its block, which change with every record, also when an older
// version of this program writes, which knows no index.

// maxIndex bounds an index of a block, before compression. Blocks with longer URLs have none.
const maxIndex = 1 << 20

// indexKey returns the key of one chunk of the index of a block.
func indexKey(block uint64, chunk int) []byte {
	return binary.BigEndian.AppendUint16(key64(block), uint16(chunk))
}

// hasIndex reports whether there is an index for a block in this state.
func (s *segment) hasIndex(number uint64, b *blockSummary) bool {
	return s.briefs != nil && bytes.HasPrefix(s.briefs.Get(indexKey(number, 0)), b.Stamp())
}

// indexData returns the encoded index of a block that has one.
func (s *segment) indexData(c *format.Codec, number uint64, b *blockSummary) (data []byte, err error) {
	skip := len(b.Stamp())
	for cur, i := s.briefs.Cursor(), 0; ; i++ {
		k, v := cur.Seek(indexKey(number, i))
		if !bytes.Equal(k, indexKey(number, i)) {
			return data, nil
		}
		if data, err = c.Expand(data, v[skip:]); err != nil {
			return nil, err
		}
		if len(data) > maxIndex { // of a damaged file, where chunk numbers could also start again
			return nil, format.ErrMalformedIndex
		}
		skip = 0
	}
}

// readIndex returns the flows of a block by its index, with local numbers. It returns nil if there
// is no index for the block in this state.
func (s *segment) readIndex(c *format.Codec, number uint64, b *blockSummary) []flow.Flow {
	if !s.hasIndex(number, b) {
		return nil
	}
	if data, err := s.indexData(c, number, b); err == nil {
		if flows, err := format.ReadIndex(data); err == nil && uint64(len(flows)) == b.Count && format.IsOfBlock(flows, number) {
			return flows
		}
	}
	return nil
}

// briefs yields the flows of a block's index that q selects.
func (p segmentRun) briefs(flows []flow.Flow, q *Query) iter.Seq[candidate] {
	return func(yield func(candidate) bool) {
		for i := range flows {
			if q.Newest {
				i = len(flows) - 1 - i
			}
			f := &flows[i]
			if n := uint64(f.Last); n >= p.lo && n <= p.hi && q.selects(f) && !yield(candidate{n: n, brief: f}) {
				return
			}
		}
	}
}

// selects reports whether the host, the time and the session of a flow are those of q.
func (q *Query) selects(f *flow.Flow) bool {
	return (q.Authority == "" || f.Request.Authority == q.Authority) && (q.Session == 0 || f.Session == q.Session) &&
		(q.Since.IsZero() || !f.Started.Before(q.Since)) && (q.Before.IsZero() || f.Started.Before(q.Before))
}

// isComplete reports whether a block gets an index: it and the next have all their records, so that
// flows that were open across its end are mostly done.
func (s *segment) isComplete(number uint64) bool { return number+2 <= s.root.Sequence()/blockSize }

// complete notes the blocks that are complete once the last record is n, and were not with last.
func (s *segmentWriter) complete(last, n uint64) {
	for b := max(last/blockSize, 1) - 1; b+2 <= n/blockSize; b++ {
		s.stale[b] = true
	}
}

// writeIndexes writes the indexes of the blocks that were completed or changed.
func (s *segmentWriter) writeIndexes() error {
	for number := range s.stale {
		if s.briefs == nil || !s.isComplete(number) {
			continue
		}
		if err := s.writeIndex(number); err != nil {
			return err
		}
	}
	clear(s.stale)
	return nil
}

// writeIndex writes the index of a block, or removes it if the block is empty or cannot have one.
func (s *segmentWriter) writeIndex(number uint64) error {
	s.briefs.FillPercent = 0.9
	b, _ := readBlockSummary(s.blocks.Get(key64(number)))
	chunks := s.w.db.codec.Compress(s.segment.encodeIndex(number, &b))
	prefix := b.Stamp()
	for i := range chunks {
		if err := s.briefs.Put(indexKey(number, i), append(prefix, chunks[i].Bytes()...)); err != nil {
			return err
		}
		prefix = nil
	}
	var err error
	for i := len(chunks); err == nil && s.briefs.Get(indexKey(number, i)) != nil; i++ {
		err = s.briefs.Delete(indexKey(number, i))
	}
	return err
}

// encodeIndex returns the index of a block, made from its records, or nil.
func (s *segment) encodeIndex(number uint64, b *blockSummary) []byte {
	n, r, f, err := uint64(0), format.Record{}, flow.Flow{}, error(nil) // one flow for all: Append retains no reference
	data := format.AppendIndex(nil, b.Count, func(yield func(*flow.Flow) bool) {
		for c := range (segmentRun{s, number * blockSize, (number+1)*blockSize - 1}).all(false) {
			if r, f, err = format.Decode(c.data, true); err != nil || r.First > c.n {
				n = 0 // a scan reports it
				return
			}
			f.Seq, f.Last, n = flow.Seq(r.First), flow.Seq(c.n), n+1
			yield(&f)
		}
	})
	if n == 0 || n != b.Count || len(data) > maxIndex {
		return nil
	}
	return data
}
