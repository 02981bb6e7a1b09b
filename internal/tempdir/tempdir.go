// Package tempdir makes temporary folders that do not outlive their process for long: those that a
// killed process left are removed when the next one is made. It may import internal/filelock and
// internal/fileperm. Read tempdir.go first.
package tempdir

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/spectap/spectap/internal/filelock"
	"github.com/spectap/spectap/internal/fileperm"
)

// LockFile is the name of a file in a temporary folder. It has the text "temporary" and is locked
// as long as the process of the folder runs.
const LockFile = "spectap.lock"

// temporary is the content of the lock of a folder that may be removed. The lock of a folder that
// is being made, or that stays, is empty.
const temporary = "temporary\n"

// Config configures New. The zero value is valid but for Prefix.
type Config struct {
	Parent string // "" is the folder for temporary files
	Prefix string // begins the names of these folders, and of no others
	// InUse reports whether something else needs an abandoned folder. It may be nil.
	InUse func(dir string) bool
	// Remove removes a folder. If it is nil, it is os.RemoveAll.
	Remove func(dir string) error
}

// Dir is a temporary folder of this process, with mode 0700.
type Dir struct {
	Path   string
	lock   *os.File // or nil
	remove func(dir string) error
}

// New makes a folder. It first removes those with the same prefix that ended processes of the same
// user left.
func New(cfg Config) (*Dir, error) {
	if cfg.Remove == nil {
		cfg.Remove = os.RemoveAll
	}
	sweep(&cfg)
	for {
		path, err := os.MkdirTemp(cfg.Parent, cfg.Prefix)
		if err != nil {
			return nil, err
		}
		lock, err := filelock.Lock(filepath.Join(path, LockFile))
		if errors.Is(err, filelock.ErrLocked) { // another process looks at it
			os.RemoveAll(path)
			continue
		}
		if err == nil { // else it is on a file system without locks, and is not swept
			lock.WriteString(temporary)
		}
		return &Dir{path, lock, cfg.Remove}, nil
	}
}

// Remove removes the folder.
func (d *Dir) Remove() error {
	if d.lock != nil {
		d.lock.Close() // Windows removes no open files
	}
	return d.remove(d.Path)
}

// Keep leaves the folder to the user. No process removes it.
func (d *Dir) Keep() error {
	if d.lock == nil {
		return nil
	}
	err := d.lock.Truncate(0)
	return errors.Join(err, d.lock.Close(), os.Remove(filepath.Join(d.Path, LockFile)))
}

// sweep removes abandoned folders. What cannot be removed is tried again the next time.
func sweep(cfg *Config) {
	parent := cfg.Parent
	if parent == "" {
		parent = os.TempDir()
	}
	dirs, _ := filepath.Glob(filepath.Join(parent, cfg.Prefix+"*"))
	for _, dir := range dirs {
		if isAbandoned(dir) && (cfg.InUse == nil || !cfg.InUse(dir)) {
			cfg.Remove(dir)
		}
	}
}

// isAbandoned reports whether a process of this user made a folder as temporary, and has ended.
func isAbandoned(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || !fileperm.IsOwnedByUser(info) || fileperm.IsWritableByOthers(info) {
		return false
	}
	path := filepath.Join(dir, LockFile)
	if info, err = os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return false // it is being made, stays, or is not of this package
	}
	lock, err := filelock.Lock(path)
	if err != nil {
		return false
	}
	defer lock.Close()
	text := make([]byte, len(temporary)+1)
	n, _ := io.ReadFull(lock, text)
	return string(text[:n]) == temporary
}
