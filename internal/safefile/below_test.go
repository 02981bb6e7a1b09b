package safefile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestBelow names files of a folder by their whole paths, also through links, and others.
func TestBelow(t *testing.T) {
	dir := t.TempDir()
	must.Do(t, os.Mkdir(filepath.Join(dir, "real"), 0o700))
	if err := os.Symlink("real", filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	t.Chdir(dir)
	for _, folder := range []string{"real", "link", filepath.Join(dir, "real"), filepath.Join(dir, "link"), "."} {
		root := must.Get(os.OpenRoot(folder))
		below := "new"
		if folder == "." {
			below = filepath.Join("real", "new")
		}
		for name, want := range map[string]string{
			filepath.Join(dir, "real", "new"): below, "new": "new", "../new": "../new",
			filepath.Join(filepath.Dir(dir), "new"): filepath.Join(filepath.Dir(dir), "new"),
		} {
			if got := Below(root, name); got != want {
				t.Errorf("%s in %s: %s, want %s", name, folder, got, want)
			}
		}
		if folder != "." {
			if got := Below(root, filepath.Join(dir, "link", "new")); got != "new" {
				t.Errorf("through a link in %s: %s", folder, got)
			}
		}
		root.Close()
	}
}
