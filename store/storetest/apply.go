package storetest

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/store"
)

// pointers returns the addresses of flows.
func pointers(fs ...flow.Flow) []*flow.Flow {
	out := make([]*flow.Flow, len(fs))
	for i := range fs {
		out[i] = &fs[i]
	}
	return out
}

// testApply applies blocks, repeats, misses and cuts them, and checks that each flow is stored
// once.
func testApply(t *testing.T, s store.Store) {
	ctx := t.Context()
	fs := []flow.Flow{sample(0), sample(1), sample(2), sample(3), sample(4)}
	for i := range fs {
		fs[i].Seq, fs[i].Last, fs[i].Import = flow.Seq(90+i), flow.Seq(90+i), 7 // numbers of the source
	}
	apply := func(source string, after, last uint64, fs ...flow.Flow) (bool, error) {
		return s.Apply(ctx, store.Mark{Source: source, After: after, Last: last}, pointers(fs...))
	}
	expect := func(want bool, source string, after, last uint64, fs ...flow.Flow) {
		t.Helper()
		if applied, err := apply(source, after, last, fs...); err != nil || applied != want {
			t.Fatalf("records %d to %d of %s: applied %t, %v; want %t", after+1, last, source, applied, err, want)
		}
	}
	if marks, err := s.Marks(ctx); err != nil || len(marks) != 0 {
		t.Errorf("marks of a new store: %v, %v", marks, err)
	}
	expect(true, "a", 0, 3, awaited(fs[0]), fs[1]) // record 1 or 2 was superseded at the source
	expect(true, "b", 0, 1, fs[2])
	expect(false, "a", 0, 3, awaited(fs[0]), fs[1])
	expect(false, "a", 1, 2, fs[3])
	expect(true, "a", 3, 4, fs[0])
	expect(true, "a", 4, 9) // its flows were deleted before they were sent
	expect(false, "a", 5, 7, fs[3])
	for _, x := range []struct {
		after, last uint64
		is          error
	}{{10, 11, store.ErrGap}, {8, 11, store.ErrOverlap}, {0, 10, store.ErrOverlap}} {
		_, err := apply("a", x.after, x.last, fs[4])
		var mark *store.MarkError
		if !errors.Is(err, x.is) || !errors.As(err, &mark) || *mark != (store.MarkError{Source: "a", After: x.after, Last: x.last, Recorded: 9}) {
			t.Errorf("records %d to %d: %v, want %v at 9", x.after+1, x.last, err, x.is)
		}
	}
	for _, mark := range []store.Mark{{Source: "", Last: 1}, {Source: string(make([]byte, 257)), Last: 1},
		{Source: "a", After: 12, Last: 10}, {Source: "new", Last: 1}} {
		if applied, err := s.Apply(ctx, mark, pointers(fs[3], fs[4])); applied || err == nil {
			t.Errorf("block %+v with two flows: no error", mark)
		}
	}
	if marks, err := s.Marks(ctx); err != nil || !maps.Equal(marks, map[string]uint64{"a": 9, "b": 1}) {
		t.Errorf("marks %v, %v", marks, err)
	}
	all := collect(t, s, store.Query{})
	if len(all) != 3 {
		t.Fatalf("%d flows, want 3", len(all))
	}
	for i := range fs {
		fs[i].Import = 0
	}
	equal(t, all[0], fs[1], 2, 2)
	equal(t, all[1], fs[2], 3, 3)
	equal(t, all[2], fs[0], 1, 4)
	if st, err := s.Stat(ctx); err != nil || len(st.Sources) != 2 || st.Sources["a"].Last != 9 || st.Sources["a"].At.IsZero() {
		t.Errorf("sources %+v, %v", st.Sources, err)
	}
}

// testApplySessions checks that a session of a source is one session here, under any number, and
// that the knowledge about it only grows.
func testApplySessions(t *testing.T, s store.Store) {
	ctx := t.Context()
	of := func(session uint64, i int) flow.Flow {
		f := sample(i)
		f.Session = session
		return f
	}
	apply := func(mark store.Mark, want bool, fs ...flow.Flow) {
		t.Helper()
		if applied, err := s.Apply(ctx, mark, pointers(fs...)); err != nil || applied != want {
			t.Fatalf("block %+v: applied %t, %v; want %t", mark, applied, err, want)
		}
	}
	must.Get(s.BeginSession(ctx, store.Session{Command: []string{"own"}, Started: start, Source: "a", Origin: 1}))
	told := store.Session{Number: 1, Command: []string{"npm", "test"}, Tags: []string{"smoke"}, Started: start}
	apply(store.Mark{Source: "a", Last: 2}, true, of(1, 0), of(1, 1))
	apply(store.Mark{Source: "b", Last: 1, Sessions: []store.Session{{Number: 1, Command: []string{"pytest"}, Started: start}}}, true, of(1, 2))
	apply(store.Mark{Source: "a", After: 2, Last: 2, Sessions: []store.Session{told}}, true)
	apply(store.Mark{Source: "a", After: 2, Last: 2, Sessions: []store.Session{told}}, false)
	ended := told
	ended.Ended, ended.Status, ended.Until = start.AddDate(0, 0, 1), 7, 4
	apply(store.Mark{Source: "a", After: 2, Last: 3, Sessions: []store.Session{ended}}, true, of(1, 3)) // one flow is missing
	apply(store.Mark{Source: "a", After: 3, Last: 5, Sessions: []store.Session{ended}}, true, of(1, 4), of(2, 5))
	apply(store.Mark{Source: "a", After: 5, Last: 5, Sessions: []store.Session{told}}, false)
	apply(store.Mark{Source: "a", After: 5, Last: 5, Sessions: []store.Session{{Number: 2}}}, false) // without a command
	apply(store.Mark{Source: "b", After: 1, Last: 1, Sessions: []store.Session{{Number: 1, Command: []string{"pytest"}, Started: start}}}, false)
	got, err := s.Sessions(ctx)
	want := []store.Session{
		{Number: 1, Command: []string{"own"}, Started: start},
		{Number: 2, Command: told.Command, Tags: told.Tags, Started: start, Ended: ended.Ended, Status: 7, Until: 6, Source: "a", Origin: 1},
		{Number: 3, Command: []string{"pytest"}, Started: start, After: 2, Source: "b", Origin: 1},
		{Number: 4, Started: sample(5).Started, After: 4, Source: "a", Origin: 2},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("sessions\n%+v, %v, want\n%+v", got, err, want)
	}
	var numbers []uint64
	for _, f := range collect(t, s, store.Query{}) {
		numbers = append(numbers, f.Session)
	}
	if !slices.Equal(numbers, []uint64{2, 2, 3, 2, 2, 4}) {
		t.Errorf("flows have the sessions %v", numbers)
	}
	testSeveralTold(t, s)
}

// testSeveralTold checks that a mark with several sessions applies each of them, although another
// one is known, has ended, has no flows or has no number.
func testSeveralTold(t *testing.T, s store.Store) {
	at := start.In(time.FixedZone("", 5400))
	session := func(number uint64, ended time.Time, until flow.Seq) store.Session {
		return store.Session{Number: number, Command: []string{"told"}, Started: at, Ended: ended, Until: until}
	}
	mark := store.Mark{Source: "a", After: 5, Last: 5, Sessions: []store.Session{
		session(1, at.Add(time.Hour), 4), session(0, at, 0), session(2, time.Time{}, 0), session(3, at, 9), session(4, at, 5), session(5, at, 5),
	}}
	if applied, err := s.Apply(t.Context(), mark, nil); err != nil || !applied {
		t.Fatalf("applied %t, %v", applied, err)
	}
	list, err := s.Sessions(t.Context())
	if err != nil || len(list) != 7 {
		t.Fatalf("%d sessions, %v", len(list), err)
	}
	var got []string
	for _, x := range list[1:] {
		got = append(got, fmt.Sprintf("%s %d %s %t", x.Source, x.Origin, strings.Join(x.Command, " "), x.Ended.IsZero()))
		if x.Started.Location() != time.UTC || x.Ended.Location() != time.UTC {
			t.Errorf("times of %+v are not in UTC", x)
		}
	}
	want := []string{"a 1 npm test false", "b 1 pytest true", "a 2 told true", "a 3 told true", "a 4 told false", "a 5 told false"}
	if !slices.Equal(got, want) {
		t.Errorf("sessions %q, want %q", got, want)
	}
	if list[1].Ended.Equal(at.Add(time.Hour)) {
		t.Error("a session has ended twice")
	}
}

// block is a block that a source could send.
type block struct {
	mark  store.Mark
	flows []flow.Flow
}

// blocksOf appends random states of flows to a store, and cuts its log into blocks: what a reader
// found after each append.
func blocksOf(t *testing.T, rt *rapid.T, source string) (blocks []block) {
	log := NewMemory()
	defer log.Close()
	p := &pair{rt: rt, t: t, s: log, m: NewMemory()}
	p.n = int(source[0]) << 8 // flows of each source have IDs of their own
	var at flow.Seq
	for range rapid.IntRange(1, 4).Draw(rt, "blocks") {
		for range rapid.IntRange(1, 2).Draw(rt, "appends") {
			p.append(rt)
			if len(p.open) > 0 && rapid.Bool().Draw(rt, "finish") {
				p.finish(rt)
			}
		}
		b := block{mark: store.Mark{Source: source, After: uint64(at)}}
		b.flows = collect(t, log, store.Query{After: at})
		at = b.flows[len(b.flows)-1].Last
		b.mark.Last = uint64(at)
		blocks = append(blocks, b)
	}
	return blocks
}

// testApplyRandom delivers the blocks of two sources in random order, with repetitions and gaps,
// and compares the flows of each source with the delivered ones. Every flow must be there once, in
// the order of its source.
func testApplyRandom(t *testing.T, open func(*testing.T) store.Store) {
	sequences := 25
	if testing.Short() {
		sequences = 8
	}
	made, failed := 0, false
	rapid.Check(t, func(rt *rapid.T) {
		if made++; made > sequences && !failed {
			return
		}
		failed = true
		s, m := open(t), NewMemory()
		defer s.Close()
		sources := map[string][]block{}
		for _, name := range []string{"a", "b"} {
			sources[name] = blocksOf(t, rt, name)
		}
		next := map[string]int{}
		for next["a"] < len(sources["a"]) || next["b"] < len(sources["b"]) {
			name := rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "source")
			i := rapid.IntRange(0, min(next[name]+1, len(sources[name])-1)).Draw(rt, "block")
			b := sources[name][i]
			applied, err := s.Apply(t.Context(), b.mark, pointers(b.flows...))
			_, merr := m.Apply(t.Context(), b.mark, pointers(b.flows...))
			switch {
			case i > next[name]: // a gap
				if applied || !errors.Is(err, store.ErrGap) {
					rt.Fatalf("block %d of %s before %d: %t, %v", i, name, next[name], applied, err)
				}
			case err != nil || merr != nil || applied != (i == next[name]):
				rt.Fatalf("block %d of %s, next is %d: %t, %v, %v", i, name, next[name], applied, err, merr)
			case applied:
				next[name]++
			}
		}
		compareApplied(t, rt, s, m, sources)
		failed = false
	})
}

// compareApplied compares what two stores hold, and the flows of each source with its last states.
func compareApplied(t *testing.T, rt *rapid.T, s, m store.Store, sources map[string][]block) {
	got, want := collect(t, s, store.Query{}), collect(t, m, store.Query{})
	if !reflect.DeepEqual(got, want) {
		rt.Fatalf("flows %v\nwant %v", lastNumbers(got), lastNumbers(want))
	}
	for name, blocks := range sources {
		newest, order := map[flow.ID]string{}, []flow.ID{}
		for _, b := range blocks {
			for _, f := range b.flows {
				order = append(slices.DeleteFunc(order, func(id flow.ID) bool { return id == f.ID }), f.ID)
				newest[f.ID] = fmt.Sprint(f.Done, f.Request.Path, f.Request.Header, len(f.Messages))
			}
		}
		for _, f := range got {
			if state, ok := newest[f.ID]; ok {
				if order[0] != f.ID || state != fmt.Sprint(f.Done, f.Request.Path, f.Request.Header, len(f.Messages)) {
					rt.Fatalf("flow %v of %s is out of order or not in its newest state", f.ID, name)
				}
				order = order[1:]
			}
		}
		if len(order) > 0 {
			rt.Fatalf("%d flows of %s are missing", len(order), name)
		}
	}
}
