//go:build unix

package certs

import "os"

// restrict has nothing to do: the mode says all.
func restrict(string) error { return nil }

// private returns ErrKeyExposed unless the owner alone may use the file.
func private(path string) error {
	fi, err := os.Stat(path)
	if err != nil {
		return err
	}
	if fi.Mode().Perm()&0o077 != 0 {
		return ErrKeyExposed
	}
	return nil
}
