package relay

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/store"
)

// memory is a log and a store of which one operation may fail. Its entries do not change.
type memory struct {
	Store
	list  []Entry
	m     map[string]Value
	first Position // 0: 1
	fail  string   // an operation and a key, or the beginning of that
	err   error
	mu    sync.Mutex // guards list and calls while several goroutines read
	calls []string
}

func newMemory(t *testing.T, list ...Entry) *memory {
	t.Helper()
	db, err := store.Open(filepath.Join(t.TempDir(), "m.db"), store.Options{Create: true, PageSize: 4096})
	must.Do(t, err)
	t.Cleanup(func() { db.Close() })
	return &memory{Store: db, list: list, m: map[string]Value{}, err: errMemory}
}

var errMemory = errors.New("broken")

func (l *memory) of(call string) error {
	l.mu.Lock()
	l.calls = append(l.calls, call)
	l.mu.Unlock()
	if l.fail != "" && strings.HasPrefix(call, l.fail) {
		return l.err
	}
	return nil
}

func (l *memory) entries() []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.list
}

func (l *memory) last() Position {
	list := l.entries()
	if len(list) == 0 {
		return 0
	}
	return list[len(list)-1].Position
}

func (l *memory) Append(context.Context, *Entry, Position) (Position, error) {
	return 0, l.of("append")
}

func (l *memory) Newest(_ context.Context, source string) (Entry, error) {
	for _, e := range slices.Backward(l.entries()) {
		if e.Source == source {
			e.Data = nil
			return e, l.of("newest")
		}
	}
	return Entry{Source: source}, l.of("newest")
}

func (l *memory) Entries(_ context.Context, partition int, after Position) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if err := l.of(fmt.Sprint("entries ", partition)); err != nil {
			yield(Entry{}, err)
			return
		}
		for _, e := range l.entries() {
			if e.Position > after && (partition != OnlyDeletions || e.Source == Deletions) && !yield(e, nil) {
				return
			}
		}
		yield(Entry{Position: l.last()}, nil)
	}
}

func (l *memory) Bounds(context.Context) (Position, Position, error) {
	return max(l.first, 1), l.last(), l.of("bounds")
}

func (l *memory) Get(_ context.Context, key string) (list []Value, err error) {
	for _, v := range l.m {
		if v.Key == key || strings.HasSuffix(key, "/") && strings.HasPrefix(v.Key, key) {
			list = append(list, v)
		}
	}
	return list, l.of("get " + key)
}

func (l *memory) Put(_ context.Context, key string, _ uint64, data []byte) (uint64, error) {
	if err := l.of("put " + key); err != nil {
		return 0, err
	}
	l.m[key] = Value{Key: key, Revision: l.m[key].Revision + 1, Data: data}
	return l.m[key].Revision, nil
}

func (l *memory) Remove(_ context.Context, key string, _ uint64) error {
	if err := l.of("remove " + key); err != nil {
		return err
	}
	delete(l.m, key)
	return nil
}

func (l *memory) Marks(ctx context.Context) (map[string]uint64, error) {
	if err := l.of("store marks"); err != nil {
		return nil, err
	}
	return l.Store.Marks(ctx)
}

func (l *memory) Apply(ctx context.Context, m store.Mark, fs []*flow.Flow) (bool, error) {
	if err := l.of("store apply"); err != nil {
		return false, err
	}
	return l.Store.Apply(ctx, m, fs)
}

func (l *memory) LoadModel(ctx context.Context, name string) ([]byte, store.Basis, error) {
	if err := l.of("store load " + name); err != nil {
		return nil, store.Basis{}, err
	}
	return l.Store.LoadModel(ctx, name)
}

func (l *memory) SaveModel(ctx context.Context, name string, data []byte, basis store.Basis) error {
	if err := l.of("store save " + name); err != nil {
		return err
	}
	return l.Store.SaveModel(ctx, name, data, basis)
}

func (l *memory) Delete(ctx context.Context, q store.Query) (int, error) {
	if err := l.of("store delete"); err != nil {
		return 0, err
	}
	return l.Store.Delete(ctx, q)
}

func (l *memory) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	if err := l.of("store scan"); err != nil {
		return func(yield func(flow.Flow, error) bool) { yield(flow.Flow{}, err) }
	}
	return l.Store.Scan(ctx, q)
}

// learner returns a worker over a log and store.
func learner(t *testing.T, l *memory) *Worker {
	t.Helper()
	w := NewWorker(WorkerConfig{Log: l, Store: l, Name: "w", NewModel: func() Model { return infer.New() }})
	w.deleted = must.Get(loadTombstones(t.Context(), l))
	return w
}

var partOfA = Partition("a")

// load returns what a worker knows of the partition of source a.
func load(t *testing.T, l *memory) *learning {
	t.Helper()
	return must.Get(learner(t, l).load(t.Context(), partOfA))
}

func testCodec(t *testing.T) *Codec {
	t.Helper()
	c := NewCodec()
	return c
}

// removal returns an entry that deletes flows of the day of the tests.
func removal(c *Codec, pos Position, after, last uint64, flows ...int) Entry {
	var d deletion
	for _, n := range flows {
		d.add(tailFlow(n))
	}
	return Entry{Position: pos, Source: Deletions, After: after, Last: last, Data: c.sealKind(kindDeletion, d.encode())}
}
