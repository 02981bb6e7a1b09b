package overrides

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/internal/test/must"
)

func anything(*correction.Corrections) error { return nil }

// Each change can be undone, back to the bytes that the file had, or to no file. The mode stays.
func TestUndoLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir := must.Get(os.MkdirTemp("", "overrides"))
		defer os.RemoveAll(dir)
		f := File{Path: filepath.Join(dir, "o.yaml"), Journal: filepath.Join(dir, "journal.json")}
		first := rapid.SampledFrom([]string{"-", "", "# mine\r\n", "leave-out: [/x] # y\n\n\n", "values:\n- at: User /a # why\n  required: true"}).Draw(t, "file")
		if first != "-" {
			must.Do(t, os.WriteFile(f.Path, []byte(first), 0o640))
		}
		var states []State
		for range rapid.IntRange(1, 6).Draw(t, "changes") {
			before := must.Get(f.Read())
			c := must.Get(Make(asks().Draw(t, "ask")))
			after, err := f.Change(t.Context(), before.Version, c, anything)
			if now, _ := f.Read(); err == nil && now.Version != after.Version {
				t.Fatalf("the file has\n%s\nnot\n%s", now.Text, after.Text)
			}
			if err == nil && after.Version != before.Version {
				states = append(states, before)
			}
		}
		for i := len(states) - 1; i >= 0; i-- {
			u := must.Get(f.Undo(t.Context(), nil))
			now, err := f.Read()
			if err != nil || now.Version != states[i].Version || !bytes.Equal(now.Text, states[i].Text) || u.Version != now.Version {
				t.Fatalf("undone is %q, want %q, %v", now.Text, states[i].Text, err)
			}
		}
		if _, err := f.Undo(t.Context(), nil); !errors.Is(err, ErrNothing) {
			t.Fatalf("one more undo: %v", err)
		}
		if info, err := os.Stat(f.Path); first != "-" && (err != nil || info.Mode().Perm() != 0o640) {
			t.Fatalf("mode %v, %v", info.Mode(), err)
		}
	})
}

func newFile(t *testing.T, text string) *File {
	t.Helper()
	dir := t.TempDir()
	f := &File{Path: filepath.Join(dir, "o.yaml"), Journal: filepath.Join(dir, "journal.json")}
	must.Do(t, os.WriteFile(f.Path, []byte(text), 0o600))
	return f
}

// Of changes of the same version, one is made.
func TestConcurrentChanges(t *testing.T) {
	f := newFile(t, "leave-out: [/x]\n")
	state := must.Get(f.Read())
	var group sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		group.Go(func() {
			c := Change{Section: leaveOut, Key: "/y" + string(rune('a'+i))}
			_, errs[i] = f.Change(t.Context(), state.Version, c, anything)
		})
	}
	group.Wait()
	made := 0
	for _, err := range errs {
		switch {
		case err == nil:
			made++
		case !errors.Is(err, ErrMoved):
			t.Error(err)
		}
	}
	if made != 1 {
		t.Errorf("%d changes of one version were made", made)
	}
}

// A change that the check refuses, or that makes no valid file, writes nothing.
func TestRefusedChange(t *testing.T) {
	f := newFile(t, "values:\n  - at: User /email\n    required: true\n")
	state, _ := f.Read()
	no := errors.New("no")
	if _, err := f.Change(t.Context(), state.Version, Change{Section: leaveOut, Key: "/x"}, func(*correction.Corrections) error { return no }); !errors.Is(err, no) {
		t.Errorf("error %v", err)
	}
	if _, err := f.Change(t.Context(), state.Version, Change{Section: leaveOut, Key: "x"}, anything); err == nil {
		t.Error("a pattern without / was written")
	}
	if now, _ := f.Read(); now.Version != state.Version {
		t.Errorf("the file has changed:\n%s", now.Text)
	}
	if _, err := f.Last(); !errors.Is(err, ErrNothing) {
		t.Errorf("error %v", err)
	}
}

// What another program has changed since is not undone.
func TestUndoOfMovedFile(t *testing.T) {
	f := newFile(t, "leave-out: [/x]\n")
	state, _ := f.Read()
	must.Get(f.Change(t.Context(), state.Version, Change{Section: leaveOut, Key: "/y"}, anything))
	must.Do(t, os.WriteFile(f.Path, []byte("leave-out: [/z]\n"), 0o600))
	if _, err := f.Undo(t.Context(), nil); !errors.Is(err, ErrMoved) {
		t.Errorf("error %v", err)
	}
	if now, _ := f.Read(); string(now.Text) != "leave-out: [/z]\n" {
		t.Errorf("the file has %q", now.Text)
	}
}

// The journal keeps the newest changes, as many and as large as its bounds allow.
func TestJournalBounds(t *testing.T) {
	var j journal
	for i := range maxUndo + 1 {
		j.add(journalEntry{What: strconv.Itoa(i)})
		if n := min(i+1, maxUndo); len(j.Changes) != n || j.Changes[n-1].What != strconv.Itoa(i) {
			t.Fatalf("%d changes after %d", len(j.Changes), i+1)
		}
	}
	if j.Changes[0].What != "1" {
		t.Errorf("the oldest change is %s", j.Changes[0].What)
	}
	half := make([]byte, maxBefore/2)
	j = journal{}
	for i, want := range []int{1, 2, 2} {
		if j.add(journalEntry{Before: half, What: strconv.Itoa(i)}); len(j.Changes) != want {
			t.Errorf("%d texts of half of the size after %d", len(j.Changes), i+1)
		}
	}
	if j.add(journalEntry{Before: make([]byte, maxBefore+1)}); len(j.Changes) != 0 {
		t.Errorf("%d changes after one that is too large", len(j.Changes))
	}
}
