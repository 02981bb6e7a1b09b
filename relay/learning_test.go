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
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
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
	if err != nil {
		t.Fatal(err)
	}
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
	w, err := NewWorker(WorkerConfig{Log: l, Store: l, Name: "w", NewModel: func() Model { return infer.New() }})
	if err != nil {
		t.Fatal(err)
	}
	if w.deleted, err = newGraveyard(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	return w
}

var partOfA = Partition("a")

// load returns what a worker knows of the partition of source a.
func load(t *testing.T, l *memory) *learning {
	t.Helper()
	x, err := learner(t, l).load(t.Context(), partOfA)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func testCodec(t *testing.T) *Codec {
	t.Helper()
	c, err := NewCodec()
	if err != nil {
		t.Fatal(err)
	}
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

// TestWorkerSaysWhatFails checks which errors of the log and the store a worker returns, and which
// of them it never gets over.
func TestWorkerSaysWhatFails(t *testing.T) {
	c := testCodec(t)
	blocks := []Entry{tailBlock(t, c, kindFlows, "a", 1, 0, 2), removal(c, 2, 0, 1, 2)}
	open := func(_ *learning, w *Worker) error { _, err := w.load(context.Background(), partOfA); return err }
	takeAll := func(l *learning, _ *Worker) error {
		for i := range blocks {
			if err := l.take(context.Background(), &blocks[i]); err != nil {
				return err
			}
		}
		return nil
	}
	commit := func(l *learning, w *Worker) error {
		if err := takeAll(l, w); err != nil {
			return fmt.Errorf("not committed: %w", err)
		}
		return l.commit(context.Background())
	}
	gap := func(l *learning, w *Worker) error { l.asker.missing("b", 3, 5); return commit(l, w) }
	lost := func(l *learning, w *Worker) error {
		if err := put(context.Background(), w.cfg.Log, keySources+"b", SourceStatus{Dropped: 5}); err != nil {
			return err
		}
		l.head.Position = 0
		l.asker.missing("b", 3, 5)
		return l.giveUp(context.Background())
	}
	look := func(l *learning, w *Worker) error {
		if err := put(context.Background(), w.cfg.Log, keySources+"a", SourceStatus{Sent: 9}); err != nil {
			return err
		}
		return l.lookBack(context.Background())
	}
	sweep := func(l *learning, w *Worker) error {
		for _, key := range []string{keySources, keyMarks, keyAsks} {
			if err := put(context.Background(), w.cfg.Log, key+"a", SourceStatus{}); err != nil {
				return err
			}
		}
		return l.sweep(context.Background(), time.Now().Add(2*sweepEvery))
	}
	clean := func(l *learning, w *Worker) error {
		if err := put(context.Background(), w.cfg.Log, l.sealed.key("x"), 1); err != nil {
			return err
		}
		return l.clean(context.Background(), []string{"x"})
	}
	seal := func(l *learning, w *Worker) error {
		if err := takeAll(l, w); err != nil {
			return fmt.Errorf("not sealed: %w", err)
		}
		return l.seal(context.Background(), time.Now().Add(1000*time.Hour))
	}
	for _, tt := range []struct {
		do    func(*learning, *Worker) error
		fail  string
		want  string
		final bool
	}{
		{open, "get heads/", "read the model: broken", false},
		{open, "bounds", "read the end of the log: broken", false},
		{open, "store marks", "read the marks: broken", true},
		{open, "newest", "read the newest deletion: broken", false},
		{open, "entries", "read deletions: broken", false},
		{open, "get sources/", "read the sources: broken", false},
		{takeAll, "store apply", "apply flows 1-2 of a: broken", true},
		{takeAll, "store scan", "find deleted flows: broken", true},
		{takeAll, "store delete", "delete flows: broken", true},
		{takeAll, "bounds", "read the beginning of the log: broken", false},
		{takeAll, "store load relay/deleted/0", "read what was deleted: broken", true},
		{takeAll, "store save relay/deleted/0", "save what was deleted: broken", true},
		{takeAll, "store save relay/deleted", "save what was deleted: broken", true},
		{takeAll, "entries", "learn again: broken", false},
		{commit, "put heads/", "commit the model: broken", false},
		{commit, "put marks/a", "write marks/a to the log: broken", false},
		{gap, "put asks/b", "write asks/b to the log: broken", false},
		{gap, "get sources/b", "broken", false},
		{lost, "bounds", "read the end of the log: broken", false},
		{lost, "entries", "read the log: broken", false},
		{look, "get sources/", "read the sources: broken", false},
		{look, "newest", "read the newest block of a: broken", false},
		{sweep, "get sources/", "read the sources: broken", false},
		{sweep, "get marks/a", "forget a: broken", false},
		{sweep, "remove asks/a", "forget a: broken", false},
		{sweep, "remove sources/a", "forget a: broken", false},
		{seal, "put heads/", "commit the model: broken", false},
		{seal, "put days/", "write the facts of days: broken", false},
		{clean, "get days/", "remove the facts of days: broken", false},
		{clean, "remove days/", "remove the facts of days: broken", false},
	} {
		t.Run(tt.fail+" "+tt.want, func(t *testing.T) {
			m := newMemory(t, blocks...)
			w := learner(t, m)
			var l *learning
			if !strings.HasPrefix(tt.fail, "newest") || tt.want != "read the newest deletion: broken" {
				m.list = nil // nothing is deleted before
			}
			l, err := w.load(t.Context(), partOfA)
			if err != nil {
				t.Fatal(err)
			}
			m.list, m.fail = blocks, tt.fail
			err = tt.do(l, w)
			if err == nil || err.Error() != tt.want || IsFinal(err) != tt.final || !errors.Is(err, errMemory) {
				t.Errorf("%v, final %t; want %s", err, IsFinal(err), tt.want)
			}
		})
	}
}

// TestWorkerTriesAgain learns from a log that fails for a while. The pauses between the tries double
// up to a bound.
func TestWorkerTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t)
		w := learner(t, m)
		m.fail, m.calls = "get heads/", nil
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := w.partition(ctx, partOfA); err != nil {
			t.Error(err)
		}
		// After 2.54 seconds, at 20 ms to 1.28 s, there is a try every two seconds.
		if n := len(m.calls); n != 7+1+28 {
			t.Errorf("%d tries in a minute", n)
		}
	})
}

// TestLoadsWhatIsLeft loads a head, and finds out what earlier workers had no time for.
func TestLoadsWhatIsLeft(t *testing.T) {
	c := testCodec(t)
	m := newMemory(t, tailBlock(t, c, kindFlows, "a", 1, 0, 2), tailBlock(t, c, kindFlows, "b", 4, 0, 2))
	first := load(t, m)
	if first.late || first.dirty || len(first.marks) > 0 || first.rest != time.Second {
		t.Errorf("at first: %+v", first)
	}
	first.head.Position, first.head.staged = 3, stagings{"i.1": 2}
	for source, last := range map[string]uint64{"a": 5, "told": 7, "more": 8} {
		first.head.Marks[source] = SourceMark{Last: last, Seen: time.Now()}
	}
	if err := first.put(t.Context()); err != nil {
		t.Fatal(err)
	}
	for source, last := range map[string]uint64{"a": 4, "told": 7, "more": 9} {
		if err := put(t.Context(), m, keyMarks+source, Mark{Last: last}); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		first, last, position Position
		late                  bool
	}{{1, 4, 3, false}, {2, 4, 3, true}, {1, 3, 3, false}, {1, 2, 0, false}} {
		m.first, m.list[1].Position = tt.first, tt.last
		l := load(t, m)
		if l.late != tt.late || l.head.Position != tt.position || len(l.head.staged) != min(1, int(tt.position)) || fmt.Sprint(l.marks) != fmt.Sprint(map[string]Mark{"a": {Last: 5}}) {
			t.Errorf("%+v: late %t, position %d, staged %v, to tell %v", tt, l.late, l.head.Position, l.head.staged, l.marks)
		}
	}
	m.list[1].Position, m.fail = 4, "get marks/"
	if _, err := learner(t, m).load(t.Context(), partOfA); err == nil || !strings.HasPrefix(err.Error(), "read the mark of ") {
		t.Errorf("%v", err)
	}
	m.fail = ""
	for data, want := range map[string]error{"\xff": ErrVersion, "\x01x": ErrMalformed} {
		m.m[headKey(partOfA)] = Value{Key: headKey(partOfA), Revision: 1, Data: []byte(data)}
		if _, err := learner(t, m).load(t.Context(), partOfA); !errors.Is(err, want) {
			t.Errorf("%q: %v", data, err)
		}
	}
}

// TestTakes checks what a worker does with each kind of entry.
func TestTakes(t *testing.T) {
	c := testCodec(t)
	damaged, newer := tailBlock(t, c, kindFlows, "a", 9, 2, 4), tailBlock(t, c, kindFlows, "a", 9, 2, 4)
	damaged.Data, newer.Data = damaged.Data[:5], []byte{9}
	staged := tailBlock(t, c, kindStaged, "i.1", 9, 0, 2)
	badDeletion, newDeletion := removal(c, 9, 0, 1, 1), removal(c, 9, 0, 1, 1)
	badDeletion.Data, newDeletion.Data = badDeletion.Data[:4], []byte{kindVersion + 1}
	long := tailBlock(t, c, kindFlows, strings.Repeat("a", maxSource+1), 9, 0, 1)
	longest := tailBlock(t, c, kindFlows, strings.Repeat("a", maxSource), 9, 0, 1)
	later := tailBlock(t, c, kindFlows, "a", 9, 3, 4)
	fresh := tailBlock(t, c, kindFlows, "z", 9, 3, 4)
	for _, tt := range []struct {
		name  string
		e     Entry
		late  bool
		again bool // the gap is known
		want  error
		at    Position
		mark  uint64 // of the source of the entry
		gap   string
		dirty bool
	}{
		{"nothing", Entry{Position: 9}, false, false, nil, 9, 0, "", false},
		{"too long a name", long, false, false, nil, 9, 0, "", false},
		{"the longest name", longest, false, false, nil, 9, 1, "", true},
		{"the next block", tailBlock(t, c, kindFlows, "a", 9, 2, 4), false, false, nil, 9, 4, "", true},
		{"a known block", tailBlock(t, c, kindFlows, "a", 9, 0, 2), false, false, nil, 9, 2, "", false},
		{"after a gap", later, false, false, errRescan, 0, 2, "a 2", false},
		{"after a known gap", later, false, true, nil, 9, 2, "a 2", false},
		{"after a known gap, of a log that has lost its beginning", later, true, true, nil, 9, 2, "a 2", false},
		{"a new source after a gap", fresh, false, false, errRescan, 0, 0, "z 0", false},
		{"a new source of a log that has lost its beginning", fresh, true, false, nil, 9, 4, "", true},
		{"damaged", damaged, false, true, nil, 9, 2, "a 2", false},
		{"of a newer version", newer, false, true, nil, 9, 2, "a 2", false},
		{"a part of an import", staged, false, false, nil, 9, 0, "", true},
		{"an unknown kind", Entry{Position: 9, Source: "a", Last: 1, Data: []byte{kindVersion, 77}}, false, false, nil, 9, 2, "", false},
		{"a damaged deletion", badDeletion, false, false, nil, 9, 0, "", false},
		{"a deletion of a newer version", newDeletion, false, false, ErrVersion, 7, 0, "", false},
	} {
		m := newMemory(t)
		l := load(t, m)
		first := tailBlock(t, c, kindFlows, "a", 7, 0, 2)
		if err := l.take(t.Context(), &first); err != nil || l.head.Position != 7 || l.marks["a"].Last != 2 || !l.dirty {
			t.Fatal(err)
		}
		l.dirty, l.late, l.head.staged = false, tt.late, stagings{"i.0": 3}
		if tt.again {
			l.rescans.due(tt.e.Source, l.head.Marks[tt.e.Source].Last, tt.e.Position)
		}
		err := l.take(t.Context(), &tt.e)
		gaps := ""
		for source, n := range l.w.Status().Gaps {
			gaps += fmt.Sprint(source, " ", n)
		}
		if !errors.Is(err, tt.want) || tt.want == nil && err != nil || l.head.Position != tt.at || l.head.Marks[tt.e.Source].Last != tt.mark || gaps != tt.gap || l.dirty != tt.dirty || l.asker.any() != (tt.gap != "" && tt.again) {
			t.Errorf("%s: %v, position %d, mark %d, gaps %q, dirty %t, asks %t", tt.name, err, l.head.Position, l.head.Marks[tt.e.Source].Last, gaps, l.dirty, l.asker.any())
		}
		if n := len(l.head.staged); (n == 0) != (tt.want == errRescan) || (tt.e.kind() == kindStaged) != (l.head.staged["i.1"] == 9) {
			t.Errorf("%s: staged %v", tt.name, l.head.staged)
		}
		if s := l.w.Status(); s.Flows != int64(2+(tt.mark-min(tt.mark, 2))) && tt.e.Source == "a" {
			t.Errorf("%s: %d flows", tt.name, s.Flows)
		}
	}
}
