package store

import (
	"context"
	"fmt"
	"iter"
	"math"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/format"
)

// Limits of one read transaction. It must be short, because it delays the reuse of old pages.
const (
	pageFlows    = 256
	pageBytes    = 2 << 20 // of bodies, as stored
	pageExamined = 8192
)

// mappedBytes is how much a scan reads before the process releases the mapped pages of the file.
// Otherwise a scan of the complete store would count as memory of its size.
const mappedBytes = 32 << 20

// Scan implements [Reader].
func (db *DB) Scan(ctx context.Context, q Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		from, to := q.bounds()
		left := q.Limit
		for from <= to {
			p, err := db.readPage(ctx, &q, from, to, left)
			if err != nil {
				yield(flow.Flow{}, db.wrap("read", err))
				return
			}
			if !db.deliver(ctx, p, yield) {
				return
			}
			left -= len(p.found)
			if p.end || q.Limit > 0 && left <= 0 {
				return
			}
			if q.Newest {
				to = p.at - 1
			} else {
				from = p.at + 1
			}
		}
	}
}

// deliver yields the flows of a page. It returns false if the scan has ended.
func (db *DB) deliver(ctx context.Context, p *page, yield func(flow.Flow, error) bool) bool {
	for i := range p.found {
		if err := ctx.Err(); err != nil {
			yield(flow.Flow{}, err)
			return false
		}
		if err := p.found[i].expand(db.codec); err != nil {
			yield(flow.Flow{}, db.wrap("read", err))
			return false
		}
		if !yield(*p.found[i].flow, nil) {
			return false
		}
		p.found[i] = found{} // release the bodies
	}
	return true
}

// bounds returns the first and last record number that q may select.
func (q *Query) bounds() (from, to flow.Seq) {
	from, to = q.After+1, math.MaxUint64
	if q.Until != 0 {
		to = q.Until
	}
	if q.After == math.MaxUint64 {
		return 1, 0
	}
	return from, to
}

// page is the result of one read transaction.
type page struct {
	found []found
	bytes int      // of bodies, as stored
	read  int      // bytes of the records that were examined
	at    flow.Seq // the last record number that was examined
	end   bool     // no records are left after it

	// numbers means that only the numbers of flows are needed. A flow that cannot be read is then
	// found too, unless the query depends on its content.
	numbers bool
	segment *uint64 // if set, selects the flows of the import with this number; 0 is the live log
}

// found is a flow with compressed bodies.
type found struct {
	flow   *flow.Flow
	bodies []packed
}

// packed is a body in its stored form.
type packed struct {
	role   byte
	size   uint64
	chunks [][]byte
	bytes  int // in chunks
}

// readPage examines the records between two numbers, in descending order with q.Newest, until the
// page is full. limit, if positive, bounds the number of flows.
func (db *DB) readPage(ctx context.Context, q *Query, from, to flow.Seq, limit int) (*page, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	most := pageFlows
	if q.Brief {
		most = pageExamined // small
	}
	if limit <= 0 || limit > most {
		limit = most
	}
	p := &page{end: true}
	return p, db.fillPage(p, q, from, to, limit)
}

// fillPage is readPage into p.
func (db *DB) fillPage(p *page, q *Query, from, to flow.Seq, limit int) error {
	return db.view(func(tx *bolt.Tx) error {
		examined, bodies := 0, newBodyReader(tx)
		defer func() { db.releasePages(tx, p.read+p.bytes) }()
		for seg, rec := range db.candidates(tx, q, from, min(to, lastSeq(tx))) {
			p.at = seg.base + flow.Seq(rec.n)
			p.read += len(rec.data)
			if q.Authority != "" || q.Only != nil {
				p.read += 64 << 10 // Linux maps as much around each record
			}
			ok, err := p.take(bodies, q, seg, rec)
			if err != nil {
				return err
			}
			examined++
			if ok && len(p.found) >= limit || p.bytes >= pageBytes || examined >= pageExamined {
				p.end = false
				return nil
			}
		}
		return nil
	})
}

// releasePages gives up the mapped pages of the file if much was read since the last time.
func (db *DB) releasePages(tx *bolt.Tx, read int) {
	if db.mapped.Add(int64(read)) >= mappedBytes {
		db.mapped.Store(0)
		// The file is mapped at least as far as the transaction sees it, until it ends.
		releaseMapping(db.bolt.Info().Data, tx.Size())
	}
}

// take adds the flow of a record to the page if q selects it.
func (p *page) take(bodies *bodyReader, q *Query, seg *segment, rec candidate) (bool, error) {
	if p.segment != nil && *p.segment != seg.number {
		return false, nil
	}
	if rec.brief != nil {
		f := rec.brief
		f.Seq, f.Last, f.Import = seg.base+f.Seq, seg.base+f.Last, seg.number
		p.found = append(p.found, found{flow: f})
		return true, nil
	}
	r, f, err := format.Decode(rec.data, q.Brief)
	if err != nil {
		if p.numbers && q.Authority == "" && q.Session == 0 && q.Since.IsZero() && q.Before.IsZero() {
			p.found = append(p.found, found{flow: &flow.Flow{Last: seg.base + flow.Seq(rec.n)}})
			return true, nil
		}
		return false, at(err, seg, rec.n)
	}
	f.Seq, f.Last, f.Import = seg.base+flow.Seq(r.First), seg.base+flow.Seq(rec.n), seg.number
	if !q.selects(&f) {
		return false, nil
	}
	item := found{flow: &f}
	if !q.NoBodies && !q.Brief {
		if item.bodies, err = bodies.readAll(r.Refs); err != nil {
			return false, at(err, seg, rec.n)
		}
		for _, b := range item.bodies {
			p.bytes += b.bytes
		}
	}
	p.found = append(p.found, item)
	return true, nil
}

// readAll copies the chunks of bodies out of the transaction.
func (r *bodyReader) readAll(refs []format.BodyRef) ([]packed, error) {
	out := make([]packed, len(refs))
	for i := range refs {
		var err error
		if out[i], err = r.read(&refs[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// expand decompresses the bodies into the flow.
func (f *found) expand(c *format.Codec) error {
	for _, b := range f.bodies {
		data, err := b.expand(c)
		if err != nil {
			return err
		}
		switch b.role {
		case format.Request:
			f.flow.Request.Body.Data = data
		case format.Response:
			if f.flow.Response != nil {
				f.flow.Response.Body.Data = data
			}
		case format.Messages:
			if err := f.flow.SetMessageData(data); err != nil {
				return fmt.Errorf("%w: messages: %w", ErrCorrupt, err)
			}
		}
	}
	return nil
}

func (b *packed) expand(c *format.Codec) (data []byte, err error) {
	if len(b.chunks) == 1 && format.IsRaw(b.chunks[0]) {
		data, err = format.ChunkPayload(b.chunks[0])
		if err == nil && uint64(len(data)) != b.size {
			err = errBodySize
		}
		return data, err
	}
	room := uint64(0)
	for _, x := range b.chunks { // the recorded size may be wrong and huge
		room += max(uint64(len(x)), chunkSize)
	}
	data = make([]byte, 0, min(b.size, room))
	for _, x := range b.chunks {
		if data, err = c.Expand(data, x); err != nil {
			return nil, err
		}
	}
	if uint64(len(data)) != b.size {
		return nil, errBodySize
	}
	return data, nil
}
