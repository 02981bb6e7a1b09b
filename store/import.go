package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// removeChunk bounds the flows that one transaction removes, so that the writer is not blocked.
const removeChunk = 1000

// staging is an import in progress. Its flows go into a segment of their own that readers do not
// see. Commit makes the segment visible in one small transaction, regardless of its size.
type staging struct {
	db     *DB
	source string
	number uint64
	batch  []*incoming
	weight int
	jobs   []*job // of the last flush, which the writer may still be storing
	mark   *Mark  // recorded by Commit, or nil
	ended  bool
	failed error // the first error of storing; nothing can be committed after it
}

// errEnded means that an import was used after Commit or Abort.
var errEnded = errors.New("import has ended")

// Import implements [Importer].
func (db *DB) Import(ctx context.Context, source string) (Import, error) {
	if db.readOnly {
		return nil, db.wrap("import into", ErrReadOnly)
	}
	im := &staging{db: db, source: source}
	err := db.submit(ctx, &job{do: func(w *writeTx) error {
		imports := w.tx.Bucket(rootImports)
		n, err := imports.NextSequence()
		if err != nil {
			return err
		}
		im.number = n
		return createSegment(imports, key64(n))
	}})
	if err != nil {
		return nil, db.wrap("import into", err)
	}
	return im, nil
}

// ImportFrom begins an import whose flows are those that mark describes: Commit also records the
// position of the source. Its error is a [*MarkError] if the position is not mark.After.
func (db *DB) ImportFrom(ctx context.Context, mark Mark) (Import, error) {
	im, err := db.Import(ctx, "")
	if err == nil {
		im.(*staging).mark = &mark
	}
	return im, err
}

func (im *staging) Number() uint64 { return im.number }

func (im *staging) Append(ctx context.Context, fs ...flow.Flow) error {
	if im.ended {
		return im.db.wrap("import into", errEnded)
	}
	// Flows of one call must be in one batch, where states of one flow are joined.
	var add []*incoming
	for i := range fs {
		f := fs[i]
		f.Source = cmp.Or(f.Source, im.source)
		in, err := im.db.prepare(&f, true)
		if err != nil {
			return err
		}
		add = append(add, in)
	}
	for _, in := range add {
		im.weight += in.weight()
	}
	im.batch = append(im.batch, add...)
	if len(im.batch) < groupFlows && im.weight < groupBytes {
		return ctx.Err()
	}
	return im.flush(ctx)
}

// flush passes the buffered flows to the writer, once it has stored those before. The caller reads
// the next flows meanwhile.
func (im *staging) flush(ctx context.Context) error {
	if err := im.settle(); err != nil || len(im.batch) == 0 {
		return err
	}
	batch := newBatch()
	for _, in := range im.batch {
		batch.add(in)
	}
	for group := range slices.Chunk(batch.list, groupFlows) {
		weight := 0
		for _, in := range group {
			weight += in.weight()
		}
		j := &job{weight: weight, do: func(w *writeTx) error {
			return w.segment(stagedSegment(w.tx, im.number)).appendAll(group)
		}}
		if err := im.db.enqueue(ctx, j); err != nil {
			im.failed = im.db.wrap("import into", err)
			return im.failed
		}
		im.jobs = append(im.jobs, j)
	}
	im.batch, im.weight = nil, 0
	return nil
}

// settle waits until the writer has stored the flows of the last flush.
func (im *staging) settle() error {
	for _, j := range im.jobs {
		if err := <-j.done; err != nil && im.failed == nil {
			im.failed = im.db.wrap("import into", err)
		}
	}
	im.jobs = nil
	return im.failed
}

// stagedSegment returns the segment of an import, numbered from 1.
func stagedSegment(tx *bolt.Tx, number uint64) *segment {
	return newSegment(tx.Bucket(rootImports).Bucket(key64(number)), 0, number)
}

func (im *staging) Commit(ctx context.Context) error {
	if im.ended {
		return im.db.wrap("import into", errEnded)
	}
	if err := im.flush(ctx); err != nil {
		return err
	}
	if err := im.settle(); err != nil {
		return err
	}
	err := im.db.submit(ctx, &job{do: func(w *writeTx) error {
		if m := im.mark; m != nil {
			if err := noteMark(w.tx.Bucket(rootMarks), m.Source, m.After, m.Last, w.now); err != nil {
				return err
			}
		}
		seg := stagedSegment(w.tx, im.number)
		n := flow.Seq(seg.root.Sequence())
		if n == 0 {
			return w.tx.Bucket(rootImports).DeleteBucket(key64(im.number))
		}
		e := extent{base: lastSeq(w.tx), number: im.number, stored: w.now}
		e.last = e.base + n
		if err := w.tx.Bucket(rootSegments).Put(e.key(), e.value()); err != nil {
			return err
		}
		return w.tx.Bucket(rootLive).SetSequence(uint64(e.last))
	}})
	im.ended = err == nil
	return im.db.wrapNil("import into", err)
}

func (im *staging) Abort() error {
	if im.ended {
		return nil
	}
	im.ended = true
	im.batch = nil
	// The writer stores the flows of earlier flushes before it comes to this.
	return im.db.wrapNil("abort import into", im.db.dropSegment(im.number))
}

// dropSegment removes an invisible segment in chunks, because segments share bodies.
func (db *DB) dropSegment(number uint64) error {
	for more := true; more; {
		err := db.submit(context.Background(), &job{do: func(w *writeTx) error {
			more = false
			if w.tx.Bucket(rootImports).Bucket(key64(number)) == nil {
				return nil
			}
			sw := w.segment(stagedSegment(w.tx, number))
			numbers := sw.firstNumbers(removeChunk)
			if len(numbers) == 0 {
				w.segs = nil // its summaries are removed with it
				if err := w.tx.Bucket(rootImports).DeleteBucket(key64(number)); err != nil {
					return err
				}
				return w.forgetHosts()
			}
			more = true
			for _, n := range numbers {
				if _, err := sw.remove(n); err != nil {
					return err
				}
			}
			return nil
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

// firstNumbers returns the numbers of the first records of a segment, at most limit.
func (s *segment) firstNumbers(limit int) []uint64 {
	var numbers []uint64
	for _, b := range []*bolt.Bucket{s.flows, s.open} {
		for r := newRun(b.Cursor(), 0, ^uint64(0), false); r.ok && len(numbers) < limit; r.next() {
			numbers = append(numbers, r.n)
		}
	}
	return numbers
}

// dropStaged removes imports that were neither committed nor aborted.
func (db *DB) dropStaged() error {
	var staged []uint64
	err := db.view(func(tx *bolt.Tx) error {
		visible := map[uint64]bool{}
		c := tx.Bucket(rootSegments).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if e, ok := readExtent(k, v); ok {
				visible[e.number] = true
			}
		}
		return tx.Bucket(rootImports).ForEachBucket(func(k []byte) error {
			if n := binary.BigEndian.Uint64(k); !visible[n] {
				staged = append(staged, n)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	for _, n := range staged {
		db.log.Warn("removing an unfinished import", "store", db.path, "import", n)
		if err := db.dropSegment(n); err != nil {
			return err
		}
	}
	return nil
}
