//go:build unix

package certs

import "os"

// restrict does nothing: the mode of the file is enough.
func restrict(string) error { return nil }

// checkPrivate returns ErrKeyExposed unless only the owner may use the file.
func checkPrivate(path string) error {
	fi, err := os.Stat(path)
	if err != nil {
		return err
	}
	if fi.Mode().Perm()&0o077 != 0 {
		return ErrKeyExposed
	}
	return nil
}
