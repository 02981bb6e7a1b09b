package safefile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	must.Do(t, Write(t.Context(), path, 0o644, []byte(text)))
}

func want(t *testing.T, path, text string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != text {
		t.Errorf("%s: %q, %v; want %q", path, got, err, text)
	}
}

// alone fails unless a folder holds only the named files.
func alone(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries := must.Get(os.ReadDir(dir))
	if len(entries) != len(names) {
		t.Errorf("%s has %v, want %v", dir, entries, names)
	}
}

func TestWriteStreamError(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "api.yaml")
	broken := errors.New("broken")
	fail := func(w io.Writer) error {
		io.WriteString(w, "half")
		return broken
	}
	if err := WriteStream(t.Context(), path, 0o644, fail); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	alone(t, dir)
	write(t, path, "old")
	if err := WriteStream(t.Context(), path, 0o644, fail); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	want(t, path, "old")
	alone(t, dir, "api.yaml")
}

// TestErrorNamesTheFile closes the file below a write, which then fails as on a full disk.
func TestErrorNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "api.yaml")
	for name, write := range map[string]func(f *os.File) error{
		"write": func(f *os.File) error { f.Close(); _, err := f.WriteString("text"); return err },
		"sync":  (*os.File).Close,
	} {
		err := WriteStream(t.Context(), path, 0o600, func(w io.Writer) error { return write(w.(*os.File)) })
		var failed *fs.PathError
		if !errors.As(err, &failed) || failed.Path != path || failed.Op != name {
			t.Errorf("%s: error %v, want one of %s", name, err, path)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("an incomplete file was left behind")
	}
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "new") + "/"} {
		if err := Write(t.Context(), path, 0o644, nil); !errors.Is(err, ErrFolder) {
			t.Errorf("Write(%s): error %v, want %v", path, err, ErrFolder)
		}
		if err := Check(path); !errors.Is(err, ErrFolder) {
			t.Errorf("Check(%s): error %v, want %v", path, err, ErrFolder)
		}
	}
	alone(t, dir)
}

// TestRemoveLeft removes what killed writers of a file left, and nothing else beside it.
func TestRemoveLeft(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "api.yaml")
	kept := []string{
		"api.yaml", "api.yaml.12.0", ".api.yaml", ".api.yaml.12", ".api.yaml.12.", ".api.yaml..0", ".api.yaml.12.x", ".api.yaml.x.0", ".api.yaml.12.0.1",
		".other.yaml.12.0",
	}
	for _, name := range append([]string{".api.yaml.12.0", ".api.yaml.7.19"}, kept...) {
		must.Do(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	must.Do(t, os.Mkdir(filepath.Join(dir, ".api.yaml.13.0"), 0o700))
	RemoveLeft(path)
	alone(t, dir, append(kept, ".api.yaml.13.0")...)
	RemoveLeft(filepath.Join(dir, "none", "api.yaml"))
}
