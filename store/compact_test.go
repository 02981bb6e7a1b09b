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
	_, rests, err := db.LoadModel(t.Context(), "m")
	if err != nil {
		t.Fatal(err)
	}
	rests.Covers = store.Ranges{{First: 1, Last: 1}}
	if err := db.SaveModel(t.Context(), "m", []byte("x"), rests); err != nil {
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
	if _, rests, err := db.LoadModel(t.Context(), "m"); rests.Covers == nil || err != nil {
		t.Errorf("model: %v, %v", rests, err)
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

const compactFile = "SPECTAP_COMPACT_FILE" // set: compact this store again and again until killed

// TestCompactKilled kills compactions at any moment: the store is whole, and nothing is left beside
// it once it is opened for writing.
func TestCompactKilled(t *testing.T) {
	if path := os.Getenv(compactFile); path != "" {
		for range 1000 { // ends by itself if nobody is left to kill it
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
		if _, err := db.Append(t.Context(), sample(i)); err != nil {
			t.Fatal(err)
		}
	}
	want := collect(t, db, store.Query{})
	db.Close()
	for round := range 6 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCompactKilled$")
		cmd.Env = append(os.Environ(), compactFile+"="+db.Path())
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		if !lines.Scan() || lines.Text() != "compacted" {
			t.Fatalf("got %q", lines.Text())
		}
		if round%2 == 0 { // as soon as a copy is there, else right after one took its place
			for left := ""; left == ""; {
				left = beside(t, db.Path())
			}
		}
		cmd.Process.Kill()
		cmd.Wait()
		db, err := store.Open(db.Path(), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := collect(t, db, store.Query{}); !reflect.DeepEqual(got, want) {
			t.Errorf("%d flows, want %d", len(got), len(want))
		}
		db.Close()
		if left := beside(t, db.Path()); left != "" {
			t.Errorf("%s is left", left)
		}
	}
}

// beside is the name of another file in the folder of path, "" when there is none.
func beside(t *testing.T, path string) string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(path) {
			return e.Name()
		}
	}
	return ""
}
