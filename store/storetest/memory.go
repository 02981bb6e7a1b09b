package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// Memory is a store in memory. It keeps the contract of [store.Store] except durability, and does
// not support Snapshot (errors.ErrUnsupported).
type Memory struct {
	mu        sync.Mutex // guards the fields below
	seq       flow.Seq
	flows     []flow.Flow // by Last
	moved     map[flow.Seq]flow.Seq
	open      map[flow.ID]flow.Seq
	models    map[string]model
	deletions uint64
	imports   uint64
	losses    []store.Loss
	sessions  []store.Session
	// lastSession is the last session number given.
	lastSession uint64
	marks       map[string]store.Applied
	secret      []byte
	changed     chan struct{} // closed by the next change
	closed      bool
}

type model struct {
	data     []byte
	covers   store.Ranges
	revision uint64
}

var _ store.Store = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory() *Memory {
	m := &Memory{
		moved: map[flow.Seq]flow.Seq{}, open: map[flow.ID]flow.Seq{}, models: map[string]model{},
		marks:  map[string]store.Applied{},
		secret: make([]byte, 32), changed: make(chan struct{}),
	}
	rand.Read(m.secret)
	return m
}

// begin locks the store, unless it is closed or ctx is done.
func (m *Memory) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return store.ErrClosed
	}
	return nil
}

// stored returns f after a round trip through the codec, so that it shares no memory with f.
func stored(f flow.Flow) (flow.Flow, error) {
	if f.ID == (flow.ID{}) {
		f.ID = flow.NewID()
	}
	b, err := f.AppendBinary(nil)
	if err != nil {
		return flow.Flow{}, err
	}
	var out flow.Flow
	err = out.UnmarshalBinary(b)
	out.Seq, out.Last, out.Import = 0, 0, 0
	return out, err
}

// coalesce joins the states of one flow: the newest replaces the first.
func coalesce(fs []flow.Flow) (out []flow.Flow) {
	open := map[flow.ID]int{}
	for _, f := range fs {
		i, ok := open[f.ID]
		if ok {
			out[i] = f
		} else {
			i = len(out)
			out = append(out, f)
		}
		if f.Done {
			delete(open, f.ID)
		} else {
			open[f.ID] = i
		}
	}
	return out
}

// Append implements [store.Appender].
func (m *Memory) Append(ctx context.Context, fs ...flow.Flow) (flow.Seq, error) {
	in := make([]flow.Flow, len(fs))
	for i, f := range fs {
		var err error
		if in[i], err = stored(f); err != nil {
			return 0, err
		}
	}
	if err := m.begin(ctx); err != nil {
		return 0, err
	}
	defer m.mu.Unlock()
	if len(fs) == 0 {
		return 0, nil
	}
	in = coalesce(in)
	for _, f := range in {
		m.add(f, m.open)
	}
	m.wake()
	return m.seq, nil
}

// add stores one record under the next number. open has the flows that are not done.
func (m *Memory) add(f flow.Flow, open map[flow.ID]flow.Seq) {
	m.seq++
	f.Seq, f.Last = m.seq, m.seq
	if old, ok := open[f.ID]; ok {
		i, _ := m.find(old)
		f.Seq = m.flows[i].Seq
		m.moved[old] = m.seq
		m.flows = slices.Delete(m.flows, i, i+1)
	}
	if f.Done {
		delete(open, f.ID)
	} else {
		open[f.ID] = m.seq
	}
	m.flows = append(m.flows, f)
}

// find returns the index of the flow whose newest record is s.
func (m *Memory) find(s flow.Seq) (int, bool) {
	return slices.BinarySearchFunc(m.flows, s, func(f flow.Flow, s flow.Seq) int {
		switch {
		case f.Last < s:
			return -1
		case f.Last > s:
			return 1
		}
		return 0
	})
}

func (m *Memory) wake() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// Get implements [store.Reader].
func (m *Memory) Get(ctx context.Context, s flow.Seq) (flow.Flow, error) {
	if err := m.begin(ctx); err != nil {
		return flow.Flow{}, err
	}
	defer m.mu.Unlock()
	n := s
	for next, ok := m.moved[n]; ok; next, ok = m.moved[n] {
		n = next
	}
	i, ok := m.find(n)
	if !ok {
		return flow.Flow{}, fmt.Errorf("flow %d: %w", s, store.ErrNotFound)
	}
	return clone(m.flows[i], true), nil
}

// clone copies a flow, with or without the data of its bodies.
func clone(f flow.Flow, bodies bool) flow.Flow {
	b := f.AppendMeta(nil)
	if bodies {
		b, _ = f.AppendBinary(b[:0])
	}
	var out flow.Flow
	if err := out.UnmarshalBinary(b); err != nil {
		panic(err) // it came from the codec
	}
	return out
}

// Scan implements [store.Reader]. It yields the flows that exist when it begins.
func (m *Memory) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		if err := m.begin(ctx); err != nil {
			yield(flow.Flow{}, err)
			return
		}
		found := m.selected(q)
		m.mu.Unlock()
		for _, f := range found {
			if err := ctx.Err(); err != nil {
				yield(flow.Flow{}, err)
				return
			}
			if !yield(f, nil) {
				return
			}
		}
	}
}

// selected returns copies of the flows that q selects.
func (m *Memory) selected(q store.Query) []flow.Flow {
	var out []flow.Flow
	for i := range m.flows {
		if q.Newest {
			i = len(m.flows) - 1 - i
		}
		f := m.flows[i]
		if f.Last <= q.After || q.Until != 0 && f.Last > q.Until || q.Except.Contains(f.Last) || q.Only != nil && !q.Only.Contains(f.Last) ||
			q.Authority != "" && f.Request.Authority != q.Authority || q.Session != 0 && f.Session != q.Session ||
			!q.Since.IsZero() && f.Started.Before(q.Since) || !q.Before.IsZero() && !f.Started.Before(q.Before) {
			continue
		}
		if q.Brief {
			out = append(out, f.Brief())
		} else {
			out = append(out, clone(f, !q.NoBodies))
		}
		if len(out) == q.Limit {
			break
		}
	}
	return out
}

// Watch implements [store.Reader].
func (m *Memory) Watch(ctx context.Context, after flow.Seq) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		for {
			if err := m.begin(ctx); err != nil {
				yield(flow.Flow{}, err)
				return
			}
			changed := m.changed
			var found []flow.Flow
			if after < math.MaxUint64 {
				found = m.selected(store.Query{After: after})
			}
			m.mu.Unlock()
			for _, f := range found {
				after = f.Last
				if !yield(f, nil) {
					return
				}
			}
			select {
			case <-changed:
			case <-ctx.Done():
				yield(flow.Flow{}, ctx.Err())
				return
			}
		}
	}
}

// Stat implements [store.Reader]. Bytes and Used are 0.
func (m *Memory) Stat(ctx context.Context) (store.Stat, error) {
	if err := m.begin(ctx); err != nil {
		return store.Stat{}, err
	}
	defer m.mu.Unlock()
	st := store.Stat{Flows: int64(len(m.flows)), Last: m.seq, Deletions: m.deletions, Losses: slices.Clone(m.losses), Sources: maps.Clone(m.marks),
		Hosts: map[string]int64{}, HostBytes: map[string]int64{}}
	imports := map[uint64]bool{}
	for i, f := range m.flows {
		if i == 0 {
			st.First = f.Last
		}
		st.Hosts[f.Request.Authority]++
		st.HostBytes[f.Request.Authority] += weight(f)
		if f.Import != 0 {
			imports[f.Import] = true
		}
	}
	st.Imports = int64(len(imports))
	return st, nil
}

// weight returns the captured bytes: the encoded flow without the store's numbers, and its bodies.
func weight(f flow.Flow) int64 {
	f.Seq, f.Last, f.Import = 0, 0, 0
	n := len(f.AppendMeta(nil)) + len(f.Request.Body.Data)
	if f.Response != nil {
		n += len(f.Response.Body.Data)
	}
	n += len(f.AppendMessageData(nil))
	return int64(n)
}

// Snapshot returns errors.ErrUnsupported.
func (m *Memory) Snapshot(context.Context, io.Writer) error {
	return fmt.Errorf("copy a store in memory: %w", errors.ErrUnsupported)
}

// Delete implements [store.Pruner].
func (m *Memory) Delete(ctx context.Context, q store.Query) (int, error) {
	if err := m.begin(ctx); err != nil {
		return 0, err
	}
	defer m.mu.Unlock()
	found := m.selected(q)
	for _, f := range found {
		i, _ := m.find(f.Last)
		m.flows = slices.Delete(m.flows, i, i+1)
		if m.open[f.ID] == f.Last {
			delete(m.open, f.ID)
		}
	}
	if len(found) > 0 {
		m.deletions++
		maps.DeleteFunc(m.models, func(_ string, x model) bool { return len(x.covers) > 0 })
	}
	m.losses = slices.DeleteFunc(m.losses, func(l store.Loss) bool { return len(m.flows) == 0 || l.After+1 < m.flows[0].Last })
	m.forgetSessions()
	return len(found), nil
}

// NoteLoss implements [store.Appender].
func (m *Memory) NoteLoss(ctx context.Context, flows int64, since, until time.Time) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	if flows <= 0 {
		return nil
	}
	since, until = since.UTC().Truncate(time.Second), until.UTC().Truncate(time.Second)
	if n := len(m.losses); n > 0 && m.losses[n-1].After == m.seq {
		extend(&m.losses[n-1], flows, since, until)
		return nil
	}
	m.losses = append(m.losses, store.Loss{After: m.seq, Since: since, Until: until, Flows: flows})
	return nil
}

// LoadModel implements [store.Models].
func (m *Memory) LoadModel(ctx context.Context, name string) ([]byte, store.Basis, error) {
	if err := m.begin(ctx); err != nil {
		return nil, store.Basis{}, err
	}
	defer m.mu.Unlock()
	x := m.models[name]
	return bytes.Clone(x.data), store.Basis{Covers: slices.Clone(x.covers), Deletions: m.deletions, Revision: x.revision}, nil
}

// SaveModel implements [store.Models].
func (m *Memory) SaveModel(ctx context.Context, name string, data []byte, basis store.Basis) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	if len(basis.Covers) > 0 && basis.Deletions != m.deletions {
		return store.ErrStale
	}
	if basis.Revision != m.models[name].revision {
		return store.ErrOutdated
	}
	m.models[name] = model{bytes.Clone(data), slices.Clone(basis.Covers), basis.Revision + 1}
	return nil
}

// Secret implements [store.Keyed].
func (m *Memory) Secret(ctx context.Context) ([]byte, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	return bytes.Clone(m.secret), nil
}

// Close implements [store.Store].
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		m.closed = true
		m.wake()
	}
	return nil
}
