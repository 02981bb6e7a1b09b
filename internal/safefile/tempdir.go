package safefile

// This file makes temporary folders that do not outlive their process for long: those that a killed
// process left are removed when the next one is made.

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// TempLockFile is the name of a file in a temporary folder. It has the text "temporary" and is
// locked as long as the process of the folder runs.
const TempLockFile = "spectap.lock"

// temporary is the content of the lock of a folder that may be removed. The lock of a folder that
// is being made, or that stays, is empty.
const temporary = "temporary\n"

// TempConfig configures New. The zero value is valid but for Prefix.
type TempConfig struct {
	Parent string // "" is the folder for temporary files
	Prefix string // begins the names of these folders, and of no others
	// InUse reports whether something else needs an abandoned folder. It may be nil.
	InUse func(dir string) bool
	// Remove removes a folder. If it is nil, it is os.RemoveAll.
	Remove func(dir string) error
}

// TempDir is a temporary folder of this process, with mode 0700.
type TempDir struct {
	Path   string
	lock   *os.File // or nil
	remove func(dir string) error
}

// NewTempDir makes a folder. It first removes those with the same prefix that ended processes of
// the same user left.
func NewTempDir(cfg TempConfig) (*TempDir, error) {
	if cfg.Remove == nil {
		cfg.Remove = os.RemoveAll
	}
	sweep(&cfg)
	for {
		path, err := os.MkdirTemp(cfg.Parent, cfg.Prefix)
		if err != nil {
			return nil, err
		}
		lock, err := Lock(filepath.Join(path, TempLockFile))
		if errors.Is(err, ErrLocked) { // another process checks it
			os.RemoveAll(path)
			continue
		}
		if err == nil { // else it is on a file system without locks, and is not swept
			lock.WriteString(temporary)
		}
		return &TempDir{path, lock, cfg.Remove}, nil
	}
}

// Remove removes the folder.
func (d *TempDir) Remove() error {
	if d.lock != nil {
		d.lock.Close() // Windows removes no open files
	}
	return d.remove(d.Path)
}

// Keep leaves the folder to the user. No process removes it.
func (d *TempDir) Keep() error {
	if d.lock == nil {
		return nil
	}
	err := d.lock.Truncate(0)
	return errors.Join(err, d.lock.Close(), os.Remove(filepath.Join(d.Path, TempLockFile)))
}

// sweep removes abandoned folders. A folder that cannot be removed is tried again the next time.
func sweep(cfg *TempConfig) {
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
	if err != nil || !info.IsDir() || !IsOwnedByUser(info) || IsWritableByOthers(info) {
		return false
	}
	path := filepath.Join(dir, TempLockFile)
	if info, err = os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return false // it is being made, stays, or is not of this package
	}
	lock, err := Lock(path)
	if err != nil {
		return false
	}
	defer lock.Close()
	text := make([]byte, len(temporary)+1)
	n, _ := io.ReadFull(lock, text)
	return string(text[:n]) == temporary
}
