package storetest

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/store"
)

// testImport checks that an import is invisible until Commit, and that its flows are then numbered
// after those appended in the meantime.
func testImport(t *testing.T, s store.Store) {
	ctx := t.Context()
	live1, live2, a, b := sample(0), sample(1), sample(2), sample(3)
	mustAppend(t, s, live1)
	im := must.Get(s.Import(ctx, "import:x.har"))
	if im.Number() != 1 {
		t.Errorf("number %d, want 1", im.Number())
	}
	b.Source = ""
	must.Do(t, im.Append(ctx, awaited(a), b))
	must.Do(t, im.Append(ctx, sample(4)))
	mustAppend(t, s, live2)
	if st, err := s.Stat(ctx); err != nil || st.Flows != 2 || st.Imports != 0 || len(st.Hosts) != 2 || len(collect(t, s, store.Query{})) != 2 {
		t.Errorf("an import in progress is visible: %+v, %v", st, err)
	}
	must.Do(t, im.Commit(ctx))
	mustAppend(t, s, a) // a new flow: the open flow belongs to the import
	all := collect(t, s, store.Query{})
	if !slices.Equal(lastNumbers(all), []flow.Seq{1, 2, 3, 4, 5, 6}) {
		t.Fatalf("numbers %v", lastNumbers(all))
	}
	open := awaited(a)
	open.Import, b.Import, b.Source = 1, 1, "import:x.har"
	equal(t, all[2], open, 3, 3)
	equal(t, all[3], b, 4, 4)
	equal(t, all[5], a, 6, 6)
	got := must.Get(s.Get(ctx, 4))
	equal(t, got, b, 4, 4)
	if st, err := s.Stat(ctx); err != nil || st.Flows != 6 || st.Imports != 1 || st.Last != 6 {
		t.Errorf("stat %+v, %v", st, err)
	}
	if err := im.Append(ctx, a); err == nil {
		t.Error("append after commit: no error")
	}
	if err := im.Commit(ctx); err == nil {
		t.Error("second commit: no error")
	}
	if err := im.Abort(); err != nil || len(collect(t, s, store.Query{})) != 6 {
		t.Errorf("abort after commit: %v", err)
	}
}

// testImportMany imports more flows in one call than a transaction should hold.
func testImportMany(t *testing.T, s store.Store) {
	const n = 2500
	im := must.Get(s.Import(t.Context(), "import:x.har"))
	fs := make([]flow.Flow, n)
	for i := range fs {
		fs[i] = sample(i)
	}
	must.Do(t, im.Append(t.Context(), fs...))
	must.Do(t, im.Commit(t.Context()))
	all := collect(t, s, store.Query{})
	if len(all) != n {
		t.Fatalf("%d flows, want %d", len(all), n)
	}
	for i, f := range all {
		if f.ID != fs[i].ID || f.Last != flow.Seq(i+1) {
			t.Fatalf("flow %d is out of order", i)
		}
	}
}

// testImportAbort checks that an aborted import leaves nothing behind, and that its number is not
// reused.
func testImportAbort(t *testing.T, s store.Store) {
	ctx := t.Context()
	kept := sample(0)
	mustAppend(t, s, kept)
	im := must.Get(s.Import(ctx, "import:x.har"))
	for i := range 1500 {
		f := sample(i)
		f.Request.Authority = "other.example"
		f.Request.Body.Data = kept.Request.Body.Data // equal to the body of a flow that is kept
		must.Do(t, im.Append(ctx, f))
	}
	for range 2 {
		must.Do(t, im.Abort())
	}
	if err := im.Commit(ctx); err == nil {
		t.Error("commit after abort: no error")
	}
	all := collect(t, s, store.Query{})
	if len(all) != 1 {
		t.Fatalf("%d flows, want 1", len(all))
	}
	equal(t, all[0], kept, 1, 1)
	next, err := s.Import(ctx, "import:y.har")
	if err != nil || next.Number() != 2 {
		t.Errorf("next import: number %d, %v", next.Number(), err)
	}
	if err := next.Commit(ctx); err != nil {
		t.Errorf("commit of an empty import: %v", err)
	}
	if st, err := s.Stat(ctx); err != nil || st.Last != 1 || st.Imports != 0 {
		t.Errorf("stat %+v, %v", st, err)
	}
}

// testImportWatch checks that a Watch yields the flows of an import when it is committed.
func testImportWatch(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	im := must.Get(s.Import(ctx, "import:x.har"))
	old := sample(0)
	must.Do(t, im.Append(ctx, old))
	mustAppend(t, s, sample(1))
	ch := watch(ctx, s, 0)
	if f := <-ch; f.Last != 1 {
		t.Errorf("first flow has number %d, want 1", f.Last)
	}
	must.Do(t, im.Commit(ctx))
	if f := <-ch; f.ID != old.ID || f.Last != 2 || f.Import != 1 {
		t.Errorf("second flow is %+v", f)
	}
}

// testDelete deletes flows of the log and of an import by several queries.
func testDelete(t *testing.T, s store.Store) {
	ctx := t.Context()
	for i := range 12 {
		mustAppend(t, s, sample(i))
	}
	im := must.Get(s.Import(ctx, "import:x.har"))
	for i := range 4 {
		must.Do(t, im.Append(ctx, sample(i)))
	}
	must.Do(t, im.Commit(ctx))
	deleteHost(t, s)
	deleteRest(t, s)
}

// deleteHost deletes the flows of a host, and the models that have learned from them.
func deleteHost(t *testing.T, s store.Store) {
	t.Helper()
	ctx := t.Context()
	must.Do(t, s.SaveModel(ctx, "settings", []byte("kept"), store.Basis{}))
	_, basis, err := s.LoadModel(ctx, "m")
	if err != nil {
		t.Fatal(err)
	}
	basis.Covers = store.Ranges{{First: 1, Last: 12}}
	must.Do(t, s.SaveModel(ctx, "m", []byte("x"), basis))
	basis.Revision++
	if n, err := s.Delete(ctx, store.Query{Authority: "host9.example"}); n != 0 || err != nil {
		t.Errorf("delete of nothing: %d, %v", n, err)
	}
	if data, again, err := s.LoadModel(ctx, "m"); string(data) != "x" || !reflect.DeepEqual(again, basis) || err != nil {
		t.Errorf("deleting nothing changed a model: %q, %+v, %v", data, again, err)
	}
	if n, err := s.Delete(ctx, store.Query{Authority: "host1.example"}); n != 4 || err != nil {
		t.Errorf("delete of a host: %d, %v", n, err)
	}
	if data, _, err := s.LoadModel(ctx, "settings"); string(data) != "kept" || err != nil {
		t.Errorf("a model that covers no flow was deleted: %q, %v", data, err)
	}
	if data, _, err := s.LoadModel(ctx, "m"); data != nil || err != nil {
		t.Errorf("the model was not deleted: %q, %v", data, err)
	}
	if err := s.SaveModel(ctx, "m", []byte("x"), basis); !errors.Is(err, store.ErrStale) {
		t.Errorf("save of a model of deleted flows: %v, want ErrStale", err)
	}
	_, fresh, err := s.LoadModel(ctx, "m")
	if st, serr := s.Stat(ctx); err != nil || serr != nil || fresh.Deletions == basis.Deletions || fresh.Covers != nil || st.Deletions != fresh.Deletions {
		t.Errorf("new model after a deletion: basis %+v, the store has %d deletions; %v, %v", fresh, st.Deletions, err, serr)
	}
	fresh.Covers = store.Ranges{{First: 1, Last: 1}, {First: 3, Last: 5}}
	if err := s.SaveModel(ctx, "m", []byte("x"), fresh); err != nil {
		t.Errorf("save of a model begun after the deletion: %v", err)
	}
}

// deleteRest deletes the newest flows, then all.
func deleteRest(t *testing.T, s store.Store) {
	t.Helper()
	ctx := t.Context()
	if _, err := s.Get(ctx, 2); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("get of a deleted flow: %v", err)
	}
	if n, err := s.Delete(ctx, store.Query{Newest: true, Limit: 3}); n != 3 || err != nil {
		t.Errorf("delete of the newest three: %d, %v", n, err)
	}
	if got, want := lastNumbers(collect(t, s, store.Query{})), []flow.Seq{1, 3, 4, 5, 7, 8, 9, 11, 12}; !slices.Equal(got, want) {
		t.Errorf("left %v, want %v", got, want)
	}
	if st, err := s.Stat(ctx); err != nil || st.Flows != 9 || st.Imports != 0 || st.Hosts["host1.example"] != 0 || len(st.Hosts) != 3 || st.Last != 16 {
		t.Errorf("stat %+v, %v", st, err)
	}
	if n, err := s.Delete(ctx, store.Query{}); n != 9 || err != nil {
		t.Errorf("delete of all: %d, %v", n, err)
	}
	if last := mustAppend(t, s, sample(0)); last != 17 {
		t.Errorf("number %d after deleting all, want 17: numbers are never reused", last)
	}
}

// testModels saves and loads models of several names, sizes and covered ranges.
func testModels(t *testing.T, s store.Store) {
	ctx := t.Context()
	if data, basis, err := s.LoadModel(ctx, "a"); data != nil || basis.Covers != nil || err != nil {
		t.Errorf("no model: %q, %v, %v", data, basis, err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	large := make([]byte, 200_000)
	for i := range large {
		large[i] = byte(r.Uint32())
	}
	for _, tt := range []struct {
		name   string
		data   []byte
		covers store.Ranges
	}{
		{"a", large, store.Ranges{{First: 1, Last: 1}, {First: 3, Last: 1 << 40}}},
		{"a", []byte("short"), store.Ranges{{First: 1, Last: 7}}},
		{"", bytes.Repeat([]byte("long "), 50_000), nil},
		{"b\x00/", []byte("x"), store.Ranges{{First: ^flow.Seq(0) - 1, Last: ^flow.Seq(0)}}},
	} {
		_, was, err := s.LoadModel(ctx, tt.name)
		if err != nil {
			t.Fatal(err)
		}
		must.Do(t, s.SaveModel(ctx, tt.name, tt.data, store.Basis{Covers: tt.covers, Revision: was.Revision}))
		for _, late := range []uint64{was.Revision, was.Revision + 2} {
			if err := s.SaveModel(ctx, tt.name, []byte("late"), store.Basis{Revision: late}); !errors.Is(err, store.ErrOutdated) {
				t.Errorf("save over revision %d as its successor %d: %v, want ErrOutdated", was.Revision+1, late+1, err)
			}
		}
		data, basis, err := s.LoadModel(ctx, tt.name)
		if err != nil || !bytes.Equal(data, tt.data) || !reflect.DeepEqual(basis.Covers, tt.covers) {
			t.Errorf("%q: %d bytes, basis %v, %v", tt.name, len(data), basis, err)
		}
	}
	if data, _, err := s.LoadModel(ctx, "a"); string(data) != "short" || err != nil {
		t.Errorf("models overwrite each other: %d bytes, %v", len(data), err)
	}
}
