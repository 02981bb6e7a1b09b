package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// brokenStore is a store that returns err, unless nil, from everything but Secret.
type brokenStore struct {
	*storetest.Memory
	err error
}

func (b *brokenStore) Reader() store.Reader { return b }

// Close leaves the store open for the next lease of it.
func (b *brokenStore) Close() error { return nil }

func (b *brokenStore) Verify(context.Context) (*store.Report, error) { return &store.Report{}, b.err }

func (b *brokenStore) Get(context.Context, flow.Seq) (flow.Flow, error) { return flow.Flow{}, b.err }

func (b *brokenStore) Scan(context.Context, store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		if yield(sample("/1"), nil) {
			yield(flow.Flow{}, b.err)
		}
	}
}

func (b *brokenStore) Watch(ctx context.Context, _ flow.Seq) iter.Seq2[flow.Flow, error] {
	return b.Scan(ctx, store.Query{})
}

func (b *brokenStore) Stat(context.Context) (store.Stat, error) { return store.Stat{}, b.err }

func (b *brokenStore) Snapshot(_ context.Context, w io.Writer) error {
	w.Write(make([]byte, 3*dataSize))
	return b.err
}

func (b *brokenStore) Append(context.Context, ...flow.Flow) (flow.Seq, error) { return 0, b.err }

func (b *brokenStore) Apply(context.Context, store.Mark, []*flow.Flow) (bool, error) {
	return false, b.err
}

func (b *brokenStore) Marks(context.Context) (map[string]uint64, error) { return nil, b.err }

func (b *brokenStore) NoteLoss(context.Context, int64, time.Time, time.Time) error { return b.err }

func (b *brokenStore) Delete(context.Context, store.Query) (int, error) { return 0, b.err }

func (b *brokenStore) Import(context.Context, string) (store.Import, error) { return nil, b.err }

func (b *brokenStore) LoadModel(context.Context, string) ([]byte, store.Basis, error) {
	return nil, store.Basis{}, b.err
}

func (b *brokenStore) SaveModel(context.Context, string, []byte, store.Basis) error { return b.err }

func (b *brokenStore) Sessions(context.Context) ([]store.Session, error) { return nil, b.err }

func (b *brokenStore) BeginSession(context.Context, store.Session) (uint64, error) { return 0, b.err }

func (b *brokenStore) EndSession(context.Context, uint64, time.Time, int) error { return b.err }

func (b *brokenStore) DeleteSession(context.Context, uint64) error { return b.err }

// lastError returns the last error of a scan that must yield the flow of the path /1.
func lastError(seq iter.Seq2[flow.Flow, error]) (err error) {
	flows := 0
	for f, ferr := range seq {
		if ferr == nil && f.Request.Path == "/1" {
			flows++
		}
		err = ferr
	}
	if flows != 1 && err != nil {
		err = fmt.Errorf("%d flows before %w", flows, err)
	}
	return err
}

// methods returns calls of every method of a store that can fail, but Secret.
func methods() map[string]func(context.Context, Store) error {
	type ctx = context.Context
	return map[string]func(ctx, Store) error{
		"Get":                func(c ctx, st Store) error { _, err := st.Get(c, 1); return err },
		"Scan":               func(c ctx, st Store) error { return lastError(st.Scan(c, store.Query{})) },
		"Watch":              func(c ctx, st Store) error { return lastError(st.Watch(c, 0)) },
		"Stat":               func(c ctx, st Store) error { _, err := st.Stat(c); return err },
		"Stat of the reader": func(c ctx, st Store) error { _, err := st.Reader().Stat(c); return err },
		"Snapshot":           func(c ctx, st Store) error { return st.Snapshot(c, io.Discard) },
		"Append":             func(c ctx, st Store) error { _, err := st.Append(c, sample("/")); return err },
		"Apply": func(c ctx, st Store) error {
			_, err := st.Apply(c, store.Mark{Source: "a", Last: 1}, nil)
			return err
		},
		"Marks":         func(c ctx, st Store) error { _, err := st.Marks(c); return err },
		"NoteLoss":      func(c ctx, st Store) error { return st.NoteLoss(c, 1, time.Unix(1, 0), time.Unix(2, 0)) },
		"Delete":        func(c ctx, st Store) error { _, err := st.Delete(c, store.Query{}); return err },
		"Import":        func(c ctx, st Store) error { _, err := st.Import(c, "x"); return err },
		"LoadModel":     func(c ctx, st Store) error { _, _, err := st.LoadModel(c, "m"); return err },
		"SaveModel":     func(c ctx, st Store) error { return st.SaveModel(c, "m", []byte("x"), store.Basis{}) },
		"Verify":        func(c ctx, st Store) error { _, err := st.Verify(c); return err },
		"Sessions":      func(c ctx, st Store) error { _, err := st.Sessions(c); return err },
		"BeginSession":  func(c ctx, st Store) error { _, err := st.BeginSession(c, store.Session{}); return err },
		"EndSession":    func(c ctx, st Store) error { return st.EndSession(c, 1, time.Unix(2, 0), 0) },
		"DeleteSession": func(c ctx, st Store) error { return st.DeleteSession(c, 1) },
	}
}

// writes are the methods that change a store.
var writes = map[string]bool{
	"Append": true, "Apply": true, "NoteLoss": true, "Delete": true, "Import": true, "SaveModel": true,
	"BeginSession": true, "EndSession": true, "DeleteSession": true,
}

// clientOf serves a store and returns a client.
func clientOf(t *testing.T, st store.Store) *Client {
	t.Helper()
	path := filepath.Join(folder(t), "flows.db")
	s := must(Start(Config{Store: st, Path: path}))
	t.Cleanup(func() { s.Close() })
	c := must(Dial(t.Context(), path))
	t.Cleanup(func() { c.Close() })
	return c
}

// TestReadOnlyClient checks that a client for reading refuses each change and names the store.
func TestReadOnlyClient(t *testing.T) {
	m := storetest.NewMemory()
	c := clientOf(t, m)
	st := new(*c)
	st.readOnly = true
	must(m.Append(t.Context(), sample("/1")))
	must(m.BeginSession(t.Context(), store.Session{Command: []string{"npm"}}))
	for name, call := range methods() {
		if !writes[name] {
			continue
		}
		if err := call(t.Context(), st); !errors.Is(err, store.ErrReadOnly) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	last, err := st.Append(t.Context(), sample("/2"))
	number, err2 := st.BeginSession(t.Context(), store.Session{Command: []string{"npm"}})
	deleted, err3 := st.Delete(t.Context(), store.Query{})
	applied, err4 := st.Apply(t.Context(), store.Mark{}, nil)
	if last != 0 || number != 0 || deleted != 0 || applied || err == nil || err2 == nil || err3 == nil || err4 == nil {
		t.Errorf("appended %d, began %d, deleted %d, applied %t", last, number, deleted, applied)
	}
	if list, err := m.Sessions(t.Context()); err != nil || len(list) != 1 || !list[0].Ended.IsZero() {
		t.Errorf("the sessions were changed: %+v, %v", list, err)
	}
	if stat, err := m.Stat(t.Context()); err != nil || stat.Flows != 1 || len(stat.Losses) > 0 || stat.Imports != 0 {
		t.Errorf("the store was changed: %+v, %v", stat, err)
	}
}

// TestMalformedCalls checks that the server answers malformed calls with an error and stores
// nothing of them.
func TestMalformedCalls(t *testing.T) {
	valid := func() []byte { f := sample("/1"); b, _ := f.AppendBinary(nil); return b }()
	type frame struct {
		kind    byte
		payload []byte
	}
	for _, tt := range []struct {
		name   string
		kind   byte
		req    any
		frames []frame
		want   string
	}{
		{"unknown operation", frameRequest, request{Op: "drop"}, nil, `drop`},
		{"beginning of no session", frameRequest, request{Op: opBegin}, nil, "no session"},
		{"another frame than a request", frameFlow, request{Op: opStat}, nil, ""},
		{"request that is no object", frameRequest, "x", nil, ""},
		{"append of another frame", frameRequest, request{Op: opAppend}, []frame{{frameFlow, valid}, {frameData, nil}}, `frame 'd' among flows`},
		{"append of no flow", frameRequest, request{Op: opAppend}, []frame{{frameFlow, valid}, {frameFlow, []byte("x")}, {frameEnd, nil}}, "flow"},
		{"apply of no mark", frameRequest, request{Op: opApply}, []frame{{frameFlow, valid}, {frameEnd, nil}}, "no mark"},
		{"flow in a model", frameRequest, request{Op: opSave, Name: "m"}, []frame{{frameData, []byte("x")}, {frameFlow, valid}}, `frame 'f' in a model`},
		{"data in an import", frameRequest, request{Op: opImport, Name: "x"}, []frame{{frameFlow, valid}, {frameData, nil}, {frameCommit, nil}}, `frame 'd' in an import`},
		{"no flow in an import", frameRequest, request{Op: opImport, Name: "x"}, []frame{{frameFlow, []byte("x")}, {frameCommit, nil}}, "flow"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := storetest.NewMemory()
			c := clientOf(t, m)
			conn := must(net.Dial("unix", c.socket))
			defer conn.Close()
			w := newWire(conn)
			w.w.WriteString(greeting)
			noError(t, w.json(tt.kind, tt.req))
			for _, f := range tt.frames {
				w.frame(f.kind, f.payload) // the server may have closed the connection
			}
			w.w.Flush()
			must(io.CopyN(io.Discard, w.r, int64(len(greeting))))
			got := ""
			for {
				kind, b, err := w.read()
				if err != nil {
					break
				}
				if kind == frameError {
					got = string(b)
					break
				}
			}
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("got %s, want %q", got, tt.want)
			}
			conn.Close()
			data, _, lerr := m.LoadModel(t.Context(), "m")
			if stat, err := m.Stat(t.Context()); err != nil || stat.Flows != 0 || lerr != nil || data != nil {
				t.Errorf("%d flows and model %q: %v, %v", stat.Flows, data, err, lerr)
			}
		})
	}
}
