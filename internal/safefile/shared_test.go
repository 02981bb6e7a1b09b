package safefile

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

type counts struct {
	N int `json:"n"`
}

func sharedfileOpen(path string) *Shared[counts] {
	return &Shared[counts]{Path: path, Max: 1000, New: func() *counts { return new(counts) }, Check: func(c *counts) error {
		if c.N < 0 {
			return errors.New("n is negative")
		}
		return nil
	}}
}

func TestConcurrentUpdates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.json")
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			f := sharedfileOpen(path)
			for range 10 {
				if err := f.Update(func(c *counts) error { c.N++; return nil }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	if c, err := sharedfileOpen(path).Read(); err != nil || c.N != 40 {
		t.Fatal(c, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
}

func TestFailedUpdateChangesNothing(t *testing.T) {
	f := sharedfileOpen(filepath.Join(t.TempDir(), "f.json"))
	must.Do(t, f.Update(func(c *counts) error { c.N = 1; return nil }))
	refusal := errors.New("no")
	if err := f.Update(func(c *counts) error { c.N = 2; return refusal }); !errors.Is(err, refusal) {
		t.Fatal(err)
	}
	if c, err := f.Read(); err != nil || c.N != 1 {
		t.Fatal(c, err)
	}
}

func TestRefusedFiles(t *testing.T) {
	dir := t.TempDir()
	for name, create := range map[string]func(path string) error{
		"damaged": func(path string) error { return os.WriteFile(path, []byte("{"), 0o600) },
		"too big": func(path string) error { return os.WriteFile(path, make([]byte, 1001), 0o600) },
		"wrong":   func(path string) error { return os.WriteFile(path, []byte(`{"n":-1}`), 0o600) },
		"folder":  func(path string) error { return os.Mkdir(path, 0o700) },
		"writable": func(path string) error {
			return errors.Join(os.WriteFile(path, []byte(`{"n":1}`), 0o600), os.Chmod(path, 0o622))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			must.Do(t, create(path))
			if _, err := sharedfileOpen(path).Read(); err == nil {
				t.Error("it was read")
			}
			if err := sharedfileOpen(path).Update(func(*counts) error { return nil }); err == nil {
				t.Error("it was replaced")
			}
		})
	}
}

func TestRemovedFile(t *testing.T) {
	f := sharedfileOpen(filepath.Join(t.TempDir(), "f.json"))
	must.Do(t, f.Update(func(c *counts) error { c.N = 1; return nil }))
	must.Do(t, os.Remove(f.Path))
	if c, err := f.Read(); err == nil {
		t.Fatal("the value of a file that is gone:", c)
	}
	must.Do(t, os.WriteFile(f.Path, []byte(`{"n":2}`), 0o600))
	reader := sharedfileOpen(f.Path)
	if c, err := reader.Read(); err != nil || c.N != 2 {
		t.Fatal(c, err)
	}
	must.Do(t, os.Remove(f.Path))
	if c, err := reader.Read(); err == nil {
		t.Fatal("the value of a file that was only read, and is gone:", c)
	}
}

// TestLeftBehind requires what a writer that was killed has left behind to be removed, and nothing
// else.
func TestLeftBehind(t *testing.T) {
	folder := t.TempDir()
	names := []string{".f.json.4711.0", ".f.json.4711.12", ".f.json.mine.0", ".f.json.1", ".g.json.4711.0", "f.json.4711.0"}
	for _, name := range names {
		must.Do(t, os.WriteFile(filepath.Join(folder, name), nil, 0o600))
	}
	must.Do(t, sharedfileOpen(filepath.Join(folder, "f.json")).Update(func(c *counts) error { c.N = 1; return nil }))
	for i, name := range names {
		_, err := os.Stat(filepath.Join(folder, name))
		if isLeft := err == nil; isLeft != (i >= 2) {
			t.Errorf("%s is there: %v", name, isLeft)
		}
	}
}
