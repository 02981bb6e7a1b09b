package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spectap/spectap/openapi"
)

// Limits of what commands read as a whole, in bytes. A device or a FIFO has no end.
const (
	maxInput    = openapi.MaxFile
	maxSettings = 16 << 20 // configuration, corrections, policies, lists, certificates, tokens
)

// readFile is os.ReadFile for a file of at most max bytes.
func readFile(path string, max int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, path, max)
}

// readFound is readFile for a file that no person named. It must be a regular one, so that a FIFO
// in a folder of others cannot hold a command up.
func readFound(path string, max int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("it is no regular file")}
	}
	return readFile(path, max)
}

// readAll is io.ReadAll for at most max bytes.
func readAll(r io.Reader, name string, max int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, max+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > max {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("it has more than %d MiB", max>>20)}
	}
	return data, nil
}
