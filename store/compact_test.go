package store_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// TestCompact checks that compacting keeps the flows, the model and the secret, removes deleted
// data and leaves no other file.
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
		must(db.Append(t.Context(), f))
	}
	kept := keptNumbers(collect(t, db, store.Query{Authority: "kept.example"}))
	must(db.Delete(t.Context(), store.Query{Except: kept}))
	_, basis, err := db.LoadModel(t.Context(), "m")
	noError(t, err)
	basis.Covers = store.Ranges{{First: 1, Last: 1}}
	noError(t, db.SaveModel(t.Context(), "m", []byte("x"), basis))
	want := collect(t, db, store.Query{})
	wantStat, _ := db.Stat(t.Context())
	key, _ := db.Secret(t.Context())
	if _, err := store.Compact(t.Context(), path, store.Options{Timeout: -1}, nil); !errors.Is(err, store.ErrLocked) {
		t.Errorf("compact of a store in use: %v, want ErrLocked", err)
	}
	db.Close()
	reported := map[string]bool{}
	progress := func(doing string, _, _ int64) { reported[doing] = true }
	done, err := store.Compact(t.Context(), path, store.Options{}, progress)
	after := done.After
	if err != nil || after >= done.Before || done.Repaired || len(done.LeftOut) > 0 || !reported["checking"] {
		t.Fatalf("%+v, %v, %v", done, reported, err)
	}
	raw, err := os.ReadFile(path)
	if err != nil || int64(len(raw)) != after || bytes.Contains(raw, secret) {
		t.Errorf("%d bytes, contains deleted data: %t, %v", len(raw), bytes.Contains(raw, secret), err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("files left behind: %v", entries)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	db = must(store.Open(path, store.Options{}))
	defer db.Close()
	if got := collect(t, db, store.Query{}); !reflect.DeepEqual(got, want) {
		t.Errorf("%d flows, want %d", len(got), len(want))
	}
	st, _ := db.Stat(t.Context())
	if st.Last != wantStat.Last || !reflect.DeepEqual(st.Hosts, wantStat.Hosts) {
		t.Errorf("stat %+v, want %+v", st, wantStat)
	}
	if again, _ := db.Secret(t.Context()); !bytes.Equal(again, key) {
		t.Error("the secret has changed")
	}
	if _, basis, err := db.LoadModel(t.Context(), "m"); basis.Covers == nil || err != nil {
		t.Errorf("model: %v, %v", basis, err)
	}
	if last, err := db.Append(t.Context(), sample(1)); last != 401 || err != nil {
		t.Errorf("number %d, %v; want 401", last, err)
	}
}

// keptNumbers returns the sequence numbers of flows.
func keptNumbers(fs []flow.Flow) (r store.Ranges) {
	for _, f := range fs {
		r = r.Add(f.Last)
	}
	return r
}

const compactFile = "SPECTAP_COMPACT_FILE" // if set, the test compacts this store until it is killed

// TestCompactKilled kills compactions at any moment. The store must be complete, and opening it for
// writing must remove the copy.
func TestCompactKilled(t *testing.T) {
	if path := os.Getenv(compactFile); path != "" {
		for range 1000 { // ends by itself if the parent process has died
			if _, err := store.Compact(t.Context(), path, store.Options{}, nil); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			fmt.Println("compacted")
		}
		return
	}
	db := open(t, store.Options{})
	for i := range 60 {
		must(db.Append(t.Context(), sample(i)))
	}
	want := collect(t, db, store.Query{})
	db.Close()
	for round := range 6 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCompactKilled$")
		cmd.Env = append(os.Environ(), compactFile+"="+db.Path())
		out := must(cmd.StdoutPipe())
		noError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		if !lines.Scan() || lines.Text() != "compacted" {
			t.Fatalf("got %q", lines.Text())
		}
		if round%2 == 0 { // kill it while it copies, else right after it replaced the store
			for left := ""; left == ""; {
				left = beside(t, db.Path())
			}
		}
		cmd.Process.Kill()
		cmd.Wait()
		db := must(store.Open(db.Path(), store.Options{}))
		if got := collect(t, db, store.Query{}); !reflect.DeepEqual(got, want) {
			t.Errorf("%d flows, want %d", len(got), len(want))
		}
		db.Close()
		if left := beside(t, db.Path()); left != "" {
			t.Errorf("%s was left behind", left)
		}
	}
}

// beside returns the name of another file in the folder of path, or "" if there is no other.
func beside(t *testing.T, path string) string {
	t.Helper()
	entries := must(os.ReadDir(filepath.Dir(path)))
	for _, e := range entries {
		if e.Name() != filepath.Base(path) {
			return e.Name()
		}
	}
	return ""
}
