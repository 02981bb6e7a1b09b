package safefile

import (
	"os"
	"path/filepath"
)

// Below returns the name of a file relative to a folder: people and programs that know the folder
// name the file by its whole path, with or without the links in it. Other names stay, and [os.Root]
// refuses those that lead out of the folder.
func Below(root *os.Root, name string) string {
	folder, err := filepath.Abs(root.Name())
	if err != nil || !filepath.IsAbs(name) {
		return name
	}
	if rel, err := filepath.Rel(folder, name); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	folder, err = filepath.EvalSymlinks(folder)
	parent, perr := filepath.EvalSymlinks(filepath.Dir(name)) // the file itself may be new
	if err == nil && perr == nil {
		if rel, err := filepath.Rel(folder, filepath.Join(parent, filepath.Base(name))); err == nil && filepath.IsLocal(rel) {
			return rel
		}
	}
	return name
}
