package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/format"
)

// maxProblems bounds the problems in a report.
const maxProblems = 100

// Report is the result of Verify.
type Report struct {
	Flows, Bodies int64    // number of flows and bodies checked
	Pages         bool     // whether bbolt's pages were checked, which needs a store open for reading only
	Problems      []string // the first hundred; they contain no captured data
	More          int      // number of further problems
}

// OK reports whether no problem was found.
func (r *Report) OK() bool { return len(r.Problems) == 0 }

// Verify checks each record and body against its checksum and hash, and each index against the
// records. It is one long read transaction, during which the file may grow, and needs about 50
// bytes of memory per body. The error says why the store could not be verified; problems of the
// store are in the report.
func (db *DB) Verify(ctx context.Context) (*Report, error) { return db.VerifyProgress(ctx, nil) }

// VerifyProgress is Verify. progress, unless nil, is called periodically with the number of records
// and bodies checked so far. It must return quickly.
func (db *DB) VerifyProgress(ctx context.Context, progress func(done int64)) (*Report, error) {
	v := &verifier{progress: progress, ctx: ctx, codec: db.codec, hasher: db.hasher, uses: map[uint64]bodyUse{}, hosts: map[uint32]bool{}}
	err := db.view(func(tx *bolt.Tx) error {
		v.tx = tx
		if db.readOnly {
			if ok, err := v.pages(db.path); err != nil || !ok {
				return err // of a page that is not there, bbolt could read no record either
			}
		}
		return v.all()
	})
	if err != nil {
		return nil, db.wrap("verify", err)
	}
	return &v.report, nil
}

// pages checks the pages. bbolt's check runs in a goroutine of its own, where nothing catches a
// fault, so it runs only if all references lead to pages of the file. ok reports that they do.
func (v *verifier) pages(path string) (ok bool, err error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	v.report.Pages = true
	err = format.CheckPages(v.ctx, file)
	if errors.Is(err, format.ErrPages) {
		v.problem("page: %v", err)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for err := range v.tx.Check() {
		v.problem("page: %v", err)
	}
	return true, nil
}

// verifier is the state of one verification.
type verifier struct {
	ctx    context.Context
	tx     *bolt.Tx
	codec  *format.Codec
	hasher *format.BodyHasher
	report Report
	uses   map[uint64]bodyUse
	hosts  map[uint32]bool // ids that have a name

	progress func(done int64)
	done     int64 // records and bodies
}

// bodyUse is what the records state about a body.
type bodyUse struct {
	count uint64
	size  uint64
	hash  format.BodyHash
}

func (v *verifier) problem(format string, args ...any) {
	if len(v.report.Problems) == maxProblems {
		v.report.More++
		return
	}
	v.report.Problems = append(v.report.Problems, fmt.Sprintf(format, args...))
}

// step counts one record or body and reports the progress.
func (v *verifier) step() {
	v.done++
	if v.progress != nil {
		v.progress(v.done)
	}
}

func (v *verifier) all() error {
	for id := range hostNames(v.tx.Bucket(rootHosts)) {
		v.hosts[id] = true
	}
	v.extents()
	// Imports in progress use bodies too. Their numbers are shown without a base.
	err := eachSegment(v.tx, true, func(s *segment) error { return v.segment(s) })
	if err != nil {
		return err
	}
	v.losses()
	v.sessions()
	v.marks()
	return v.bodies()
}

// losses checks the entries of losses.
func (v *verifier) losses() {
	for k, val := range chunksOf(v.tx.Bucket(rootLosses)) {
		if l, ok := readLoss(k, val); !ok || l.After > lastSeq(v.tx) {
			v.problem("losses: a malformed entry")
		}
	}
}

// marks checks the positions of sources.
func (v *verifier) marks() {
	for k, val := range chunksOf(v.tx.Bucket(rootMarks)) {
		if !isValidMark(k, val) {
			v.problem("marks: a malformed entry")
		}
	}
}

// extents checks that committed imports do not overlap, that their records exist, and that each has
// one entry, which hides no live record.
func (v *verifier) extents() {
	var end flow.Seq
	seen := map[uint64]bool{} // import numbers
	c := v.tx.Bucket(rootSegments).Cursor()
	for k, val := c.First(); k != nil; k, val = c.Next() {
		e, ok := readExtent(k, val)
		switch {
		case !ok || e.base < end || e.last <= e.base || e.last > lastSeq(v.tx):
			v.problem("segments: an entry that overlaps another or is malformed")
		case e.segment(v.tx) == nil:
			v.problem("import %d: its records are missing", e.number)
		case e.segment(v.tx).root.Sequence() != uint64(e.last-e.base):
			v.problem("import %d: its records do not match its numbers", e.number)
		}
		if ok && seen[e.number] {
			v.problem("import %d: a second entry", e.number)
		}
		if n := e.hides(v.tx); ok && n != 0 {
			v.problem("import %d: its numbers hide live record %d", e.number, n)
		}
		seen[e.number] = true
		end = e.last
	}
}

// segment checks the records of a segment and its indexes.
func (v *verifier) segment(s *segment) error {
	name := "live"
	if s.number != 0 {
		name = fmt.Sprintf("import %d", s.number)
	}
	x := newIndexCheck(v, s, name)
	records := segmentRun{s, 0, ^uint64(0)}
	for c := range records.all(false) {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		v.report.Flows++
		v.step()
		r, f, err := format.Decode(c.data, false)
		if err != nil {
			v.problem("%s record %d: %v", name, c.n, err)
			continue
		}
		if c.n > s.root.Sequence() {
			v.problem("%s record %d: beyond the last number", name, c.n)
		}
		x.record(c.n, &r, &f)
		for _, ref := range r.Refs {
			v.use(name, c.n, ref)
		}
	}
	x.finish()
	return nil
}

// use records what a record states about a body.
func (v *verifier) use(name string, n uint64, ref format.BodyRef) {
	u, ok := v.uses[ref.ID]
	if ok && (u.size != ref.Size || u.hash != ref.Hash) {
		v.problem("%s record %d: disagrees with another about body %d", name, n, ref.ID)
	}
	v.uses[ref.ID] = bodyUse{u.count + 1, ref.Size, ref.Hash}
}

// bodies checks every body that is used or stored.
func (v *verifier) bodies() error {
	bodies := newBodyReader(v.tx)
	for _, id := range slices.Sorted(maps.Keys(v.uses)) {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		u := v.uses[id]
		v.report.Bodies++
		if err := checkBody(bodies, &format.BodyRef{ID: id, Size: u.size, Hash: u.hash}, v.codec, v.hasher); err != nil {
			v.problem("body %d: %v", id, err)
		}
		v.step()
		if got := sharedUses(v.tx, id) + 1; got != u.count {
			v.problem("body %d: counted as used %d times, is used %d times", id, got, u.count)
		}
	}
	v.models()
	var last []byte
	err := v.tx.Bucket(rootBodies).ForEach(func(k, _ []byte) error {
		if len(k) != 12 {
			v.problem("bodies: malformed key")
			return nil
		}
		if id := k[:8]; !bytes.Equal(id, last) {
			last = id
			if v.uses[binary.BigEndian.Uint64(id)].count == 0 {
				v.problem("body %d: used by no record", binary.BigEndian.Uint64(id))
			}
		}
		return v.ctx.Err()
	})
	if err != nil {
		return err
	}
	return v.tx.Bucket(rootHashes).ForEach(func(k, val []byte) error {
		if u := v.uses[bigEndian64(val)]; string(u.hash[:]) != string(k) {
			v.problem("hashes: an entry for a body that is not there")
		}
		return nil
	})
}

// checkBody reads a body and compares it with its reference in a record.
func checkBody(bodies *bodyReader, ref *format.BodyRef, c *format.Codec, h *format.BodyHasher) error {
	p, err := bodies.read(ref)
	if err != nil {
		return err
	}
	data, err := p.expand(c)
	if err == nil && h.Sum(data) != ref.Hash {
		err = fmt.Errorf("%w: hash does not match", ErrCorrupt)
	}
	return err
}

// models checks that saved models can be read.
func (v *verifier) models() {
	for name, err := range checkModels(v.tx, v.codec) {
		if err != nil {
			v.problem("model %q: %v", bytes.TrimPrefix(name, modelKey("")), err)
		}
	}
}

// checkModels reads the models and yields their keys, each with an error or nil.
func checkModels(tx *bolt.Tx, c *format.Codec) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		models := tx.Bucket(rootModels)
		var names [][]byte
		models.ForEachBucket(func(k []byte) error { names = append(names, bytes.Clone(k)); return nil }) // never fails
		for _, name := range names {
			b := models.Bucket(name)
			_, err := readRanges(b.Get(modelCovers))
			for k, v := range chunksOf(b) {
				if err == nil && len(k) == 4 {
					_, err = c.Expand(nil, v)
				}
			}
			if !yield(name, err) {
				return
			}
		}
	}
}

// chunksOf yields the keys and values of a bucket.
func chunksOf(b *bolt.Bucket) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		c := b.Cursor()
		for k, v := c.First(); k != nil && yield(k, v); k, v = c.Next() {
		}
	}
}

func bigEndian64(v []byte) uint64 {
	if len(v) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(v)
}
