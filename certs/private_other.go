//go:build !unix

package certs

import "os"

// private checks that the file is there; who may read it is up to the folder's access control list.
func private(path string) error {
	_, err := os.Stat(path)
	return err
}
