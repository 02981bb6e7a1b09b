package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

var (
	errMissingBody = fmt.Errorf("%w: a body is missing", ErrCorrupt)
	errBodySize    = fmt.Errorf("%w: a body has the wrong size", ErrCorrupt)
)

// at adds the record number to an error.
func at(err error, seg *segment, n uint64) error {
	return fmt.Errorf("record %d: %w", seg.base+flow.Seq(n), err)
}

// Get implements [Reader].
func (db *DB) Get(ctx context.Context, s flow.Seq) (flow.Flow, error) {
	if err := ctx.Err(); err != nil {
		return flow.Flow{}, err
	}
	var p page
	err := db.view(func(tx *bolt.Tx) error {
		if s == 0 || s > lastSeq(tx) {
			return ErrNotFound
		}
		seg := locate(tx, s)
		n := seg.newest(uint64(s - seg.base))
		data, _ := seg.record(n)
		if data == nil {
			return ErrNotFound
		}
		_, err := p.take(newBodyReader(tx), &Query{}, seg, candidate{n: n, data: data})
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return flow.Flow{}, fmt.Errorf("flow %d: %w", s, err)
	}
	if err != nil {
		return flow.Flow{}, db.wrap("read", err)
	}
	if err := p.found[0].expand(db.codec); err != nil {
		return flow.Flow{}, db.wrap("read", fmt.Errorf("record %d: %w", s, err))
	}
	return *p.found[0].flow, nil
}

// Watch implements [Reader].
func (db *DB) Watch(ctx context.Context, after flow.Seq) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		pos := after
		for {
			// Before the scan, so that a commit during the scan wakes the loop.
			committed := db.nextCommit()
			from, to := (&Query{After: pos}).bounds()
			p, err := db.readPage(ctx, &Query{}, from, to, 0)
			if err != nil {
				if ctx.Err() == nil {
					err = db.wrap("watch", err)
				}
				yield(flow.Flow{}, err)
				return
			}
			pos = max(pos, p.at)
			if !db.deliver(ctx, p, yield) {
				return
			}
			if !p.end {
				continue
			}
			select {
			case <-committed:
			case <-ctx.Done():
				yield(flow.Flow{}, ctx.Err())
				return
			}
		}
	}
}

// Stat implements [Reader]. Its cost depends on the number of hosts and imports, not of flows.
func (db *DB) Stat(ctx context.Context) (Stat, error) {
	st := Stat{Hosts: map[string]int64{}, HostBytes: map[string]int64{}}
	if err := ctx.Err(); err != nil {
		return st, err
	}
	err := db.view(func(tx *bolt.Tx) (err error) {
		st.Last, st.Deletions, st.Losses = lastSeq(tx), deletions(tx), listLosses(tx.Bucket(rootLosses))
		if st.First, err = firstSeq(tx); err != nil {
			return err
		}
		names := hostNames(tx.Bucket(rootHosts))
		st.Sent, st.Spool = sent(tx)
		st.Sources = allMarks(tx.Bucket(rootMarks))
		err = eachSegment(tx, false, func(s *segment) error {
			if s.number != 0 {
				st.Imports++
			}
			return s.hosts.ForEach(func(k, v []byte) error {
				t := readTally(v)
				st.Flows += int64(t.Flows)
				name := names[binary.BigEndian.Uint32(k)]
				st.Hosts[name] += int64(t.Flows)
				st.HostBytes[name] += int64(t.Weight)
				return nil
			})
		})
		st.Bytes, st.Used = tx.Size(), db.usedBytes(tx)
		return err
	})
	if err != nil {
		return Stat{}, db.wrap("read", err)
	}
	if info, err := os.Stat(db.path); err == nil {
		st.Bytes = info.Size()
	}
	return st, nil
}

// firstSeq returns the smallest newest record number of a flow, or 0 if there is no flow.
func firstSeq(tx *bolt.Tx) (first flow.Seq, err error) {
	err = eachSegment(tx, false, func(s *segment) error {
		if n := s.base + flow.Seq(s.first()); n > s.base && (first == 0 || n < first) {
			first = n
		}
		return nil
	})
	return first, err
}

// first returns the smallest local number of a newest record, or 0 if there is none.
func (s *segment) first() uint64 {
	var first uint64
	for _, b := range []*bolt.Bucket{s.flows, s.open} {
		if r := newRun(b.Cursor(), 0, ^uint64(0), false); r.ok && (first == 0 || r.n < first) {
			first = r.n
		}
	}
	return first
}

// Snapshot implements [Reader]. Unless w is a file, it first writes a copy next to the store, so
// that a slow w does not delay the reuse of pages.
func (db *DB) Snapshot(ctx context.Context, w io.Writer) error {
	if file, ok := w.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			return db.copyTo(ctx, w)
		}
	}
	// Mode 0600. The store's folder has room for stores; the system's temporary folder may be in
	// memory.
	temp, err := os.CreateTemp(filepath.Dir(db.path), copyPrefix(db.path)+"*"+snapshotSuffix)
	if err != nil {
		temp, err = os.CreateTemp("", "spectap-snapshot-*")
	}
	if err != nil {
		return db.wrap("copy", err)
	}
	defer os.Remove(temp.Name())
	defer temp.Close()
	if err := db.copyTo(ctx, temp); err != nil {
		return err
	}
	_, err = io.Copy(w, contextStream{ctx: ctx, r: io.NewSectionReader(temp, 0, math.MaxInt64)})
	return db.wrapNil("copy", err)
}

func (db *DB) copyTo(ctx context.Context, w io.Writer) error {
	err := db.view(func(tx *bolt.Tx) error {
		if _, err := tx.WriteTo(contextStream{ctx: ctx, w: w}); err != nil {
			if ctx.Err() != nil { // bbolt keeps only the text of an error
				return ctx.Err()
			}
			return err
		}
		return nil
	})
	return db.wrapNil("copy", err)
}

// contextStream reads from r and writes to w until ctx is done.
type contextStream struct {
	ctx context.Context
	r   io.Reader
	w   io.Writer
}

func (c contextStream) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

func (c contextStream) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.w.Write(p)
}

// Reader returns a view of the store that can only read. Its type has no other methods, so no type
// assertion can find any. It is valid until the store is closed.
func (db *DB) Reader() Reader { return readerOnly{db} }

type readerOnly struct{ Reader }
