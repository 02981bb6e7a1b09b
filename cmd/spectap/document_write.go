package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// writeFile replaces a file atomically: a reader sees the old content or the new one.
func writeFile(path string, data []byte, mode os.FileMode) error {
	return writeStream(path, mode, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// writeStream replaces a file atomically by what write produces. Until then the content is in a
// temporary file beside it, which only the user can read.
func writeStream(path string, mode os.FileMode, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // has mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// formatFor returns the format that a flag names, else that of the file extension, else YAML.
func formatFor(flag, file string) (openapi.Format, error) {
	switch strings.ToLower(flag) {
	case "json":
		return openapi.JSON, nil
	case "yaml", "yml":
		return openapi.YAML, nil
	case "":
		if strings.EqualFold(filepath.Ext(file), ".json") {
			return openapi.JSON, nil
		}
		return openapi.YAML, nil
	}
	return "", fmt.Errorf("--format %q: must be json or yaml", flag)
}

// writeDocument writes a document to a file, atomically, or to stdout if path is "" or "-".
func (p *program) writeDocument(path string, doc *openapi3.T, format openapi.Format) error {
	var b bytes.Buffer
	if err := openapi.Encode(&b, doc, format); err != nil {
		return fmt.Errorf("encode document: %w", err)
	}
	if path == "" || path == "-" {
		_, err := p.stdout.Write(b.Bytes())
		return err
	}
	if err := writeFile(path, b.Bytes(), 0o644); err != nil {
		return &hint{fmt.Errorf("write document: %w", err), "another file with -o"}
	}
	return nil
}
