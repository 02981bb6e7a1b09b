package certs

import (
	"errors"
	"os"
	"path/filepath"
)

// createFile creates a file atomically. The error is fs.ErrExist when there is one.
func createFile(path string, data []byte, mode os.FileMode) error {
	tmp, err := writeTemp(path, data, mode)
	if err != nil {
		return err
	}
	defer os.Remove(tmp)
	return os.Link(tmp, path) // unlike a rename, a link never replaces a file
}

// replaceFile creates or replaces a file atomically.
func replaceFile(path string, data []byte, mode os.FileMode) error {
	tmp, err := writeTemp(path, data, mode)
	if err != nil {
		return err
	}
	defer os.Remove(tmp)
	return os.Rename(tmp, path)
}

// writeTemp writes and syncs a temporary file beside path.
func writeTemp(path string, data []byte, mode os.FileMode) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp") // 0600
	if err != nil {
		return "", err
	}
	if err := errors.Join(fill(f, data, mode), f.Close()); err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
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
