//go:build !unix && !windows

package certs

import "os"

// restrict does nothing: the system has no modes that are known here.
func restrict(string) error { return nil }

// checkPrivate checks only that the file exists.
func checkPrivate(path string) error {
	_, err := os.Stat(path)
	return err
}
