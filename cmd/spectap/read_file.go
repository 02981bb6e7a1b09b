package main

import (
	"bytes"
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

// trafficError returns the error for a file of traffic in the place of a document, or nil. A FIFO
// is not opened again.
func trafficError(name string, data []byte) error {
	head := data[:min(len(data), 512)]
	isBinary := bytes.IndexByte(head, 0) >= 0
	info, err := os.Stat(name)
	switch {
	case isHAR(head):
		return &hint{fmt.Errorf("read %s: it is a HAR file, not a document", name),
			"spectap import " + quoteArg(name) + " && spectap export -o api.yaml"}
	case isBinary && err == nil && info.Mode().IsRegular() && isStore(name):
		return &hint{fmt.Errorf("read %s: it is a store of spectap, not a document", name),
			"spectap export --db " + quoteArg(name) + " -o api.yaml   # and then the document; --db names the store"}
	}
	return nil
}

// isHAR reports whether a file begins as HAR files do.
func isHAR(head []byte) bool {
	rest, isObject := bytes.CutPrefix(bytes.TrimSpace(head), []byte("{"))
	rest, isLog := bytes.CutPrefix(bytes.TrimSpace(rest), []byte(`"log"`))
	return isObject && isLog && bytes.HasPrefix(bytes.TrimSpace(rest), []byte(":"))
}
