//go:build unix

package certs

import (
	"os"

	"github.com/spectap/spectap/internal/safefile"
)

// restrict does nothing: the mode of the file is enough.
func restrict(string) error { return nil }

// checkPrivate returns ErrKeyExposed unless only the owner may use the file.
func checkPrivate(path string) error {
	fi, err := os.Stat(path)
	if err != nil {
		return err
	}
	if safefile.IsAccessibleToOthers(fi) {
		return ErrKeyExposed
	}
	return nil
}
