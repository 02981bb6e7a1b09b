package certs

import (
	"errors"
	"os"
	"path/filepath"
)

// writeFile writes and syncs a temporary file next to path, and calls place to put it there:
// os.Rename, or os.Link, which never replaces a file.
func writeFile(path string, data []byte, mode os.FileMode, place func(from, to string) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(fill(f, data, mode), f.Close()); err != nil {
		return err
	}
	return place(f.Name(), path)
}

// fill restricts the access to an empty file as mode says, writes the data and syncs it.
func fill(f *os.File, data []byte, mode os.FileMode) (err error) {
	if mode&0o077 == 0 {
		err = restrict(f.Name())
	}
	if err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	return err
}
