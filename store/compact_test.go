package store_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

func TestCompact(t *testing.T) {
	db := open(t, store.Options{})
	path := db.Path()
	secret := []byte("correct horse battery staple")
	for i := range 400 {
		f := sample(i)
		f.Request.Path = "/" + string(secret) // in the record: bodies are compressed
		if i%4 == 0 {
			f.Request.Path = "/kept"
			f.Request.Authority = "kept.example"
		}
		if i%8 == 0 {
			f.Response, f.Done = nil, false
		}
		if _, err := db.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Delete(t.Context(), store.Query{Except: keptNumbers(collect(t, db, store.Query{Authority: "kept.example"}))}); err != nil {
		t.Fatal(err)
	}
	if err := db.SaveModel(t.Context(), "m", []byte("x"), store.Ranges{{First: 1, Last: 1}}); err != nil {
		t.Fatal(err)
	}
	want := collect(t, db, store.Query{})
	wantStat, _ := db.Stat(t.Context())
	key, _ := db.Secret(t.Context())
	if _, err := store.Compact(t.Context(), path, store.Options{Timeout: -1}, nil); !errors.Is(err, store.ErrLocked) {
		t.Errorf("compact of a store in use: %v, want ErrLocked", err)
	}
	db.Close()
	told := map[string]bool{}
	done, err := store.Compact(t.Context(), path, store.Options{}, func(doing string, _, _ int64) { told[doing] = true })
	after := done.After
	if err != nil || after >= done.Before || done.Repaired || len(done.LeftOut) > 0 || !told["checking"] {
		t.Fatalf("%+v, %v, %v", done, told, err)
	}
	raw, err := os.ReadFile(path)
	if err != nil || int64(len(raw)) != after || bytes.Contains(raw, secret) {
		t.Errorf("%d bytes, what was deleted is there: %t, %v", len(raw), bytes.Contains(raw, secret), err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("files are left: %v", entries)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	db, err = store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if got := collect(t, db, store.Query{}); !reflect.DeepEqual(got, want) {
		t.Errorf("%d flows, want %d", len(got), len(want))
	}
	st, _ := db.Stat(t.Context())
	if st.Last != wantStat.Last || !reflect.DeepEqual(st.Hosts, wantStat.Hosts) {
		t.Errorf("stat %+v, want %+v", st, wantStat)
	}
	if again, _ := db.Secret(t.Context()); !bytes.Equal(again, key) {
		t.Error("another secret")
	}
	if _, covers, err := db.LoadModel(t.Context(), "m"); covers == nil || err != nil {
		t.Errorf("model: %v, %v", covers, err)
	}
	if last, err := db.Append(t.Context(), sample(1)); last != 401 || err != nil {
		t.Errorf("number %d, %v; want 401", last, err)
	}
}

func keptNumbers(fs []flow.Flow) (r store.Ranges) {
	for _, f := range fs {
		r = r.Add(f.Last)
	}
	return r
}
