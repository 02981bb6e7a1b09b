package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/outfile"
	"github.com/spectap/spectap/openapi"
)

// writeOut writes what -o names: stdout for "" and "-", else a file. what is in the error.
func (p *program) writeOut(ctx context.Context, what, path string, data []byte) error {
	if path == "" || path == "-" {
		return p.writeFileOut(data)
	}
	return p.writeNamed(ctx, what, path, 0o644, data)
}

// writeNamed writes a file that a person named, unless it is a store. what names the contents in an
// error.
func (p *program) writeNamed(ctx context.Context, what, path string, mode fs.FileMode, data []byte) error {
	if err := notStore(path); err != nil {
		return err
	}
	return writeError(what, path, p.writeFile(ctx, path, mode, data))
}

// writeFile is outfile.Write, which an interrupt does not end.
func (p *program) writeFile(ctx context.Context, path string, mode fs.FileMode, data []byte) error {
	p.writing.Lock()
	defer p.writing.Unlock()
	return outfile.Write(ctx, path, mode, data)
}

// writeStream writes the file that -o names, unless it is a store. what names the contents in an
// error.
func (p *program) writeStream(ctx context.Context, what, path string, write func(io.Writer) error) error {
	if err := notStore(path); err != nil {
		return err
	}
	return writeError(what, path, outfile.WriteStream(ctx, path, 0o600, write))
}

// notStore refuses to replace a store by something else: its flows would be lost.
func notStore(path string) error {
	if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() || !isStore(path) {
		return nil
	}
	return &hint{fmt.Errorf("write %s: it is a store of spectap, and its flows would be lost", path), "another file with -o"}
}

// writeError completes the error of writing a file that a person named.
func writeError(what, path string, err error) error {
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, fs.ErrNotExist):
		dir := filepath.Dir(path)
		return &hint{fmt.Errorf("write %s: there is no folder %s", what, dir), "mkdir -p " + quoteArg(dir)}
	default:
		err = fmt.Errorf("write %s %s: %w", what, path, plainPathError(err))
	}
	return &hint{err, "another file with -o"}
}

// meantFile returns what writes a file with an extension that no OpenAPI document has.
func meantFile(file, ext string) string {
	switch ext {
	case ".html", ".htm", ".md":
		return "spectap doc api.yaml -o " + quoteArg(file)
	case ".har":
		return "spectap flows export -o " + quoteArg(file)
	}
	return "-o " + quoteArg(strings.TrimSuffix(file, filepath.Ext(file))+".yaml")
}

// formatFor returns the format that a flag names, else that of the file extension, else YAML. The
// error lists others too, which the caller reads.
func formatFor(flag, file string, others ...string) (openapi.Format, error) {
	switch strings.ToLower(flag) {
	case "json":
		return openapi.JSON, nil
	case "yaml", "yml":
		return openapi.YAML, nil
	case "":
		switch ext := strings.ToLower(filepath.Ext(file)); ext {
		case ".json":
			return openapi.JSON, nil
		case ".html", ".htm", ".md", ".pdf", ".har":
			return "", &hint{fmt.Errorf("-o %s: a document is YAML or JSON; --format names the format of a file with another ending", file),
				meantFile(file, ext)}
		}
		return openapi.YAML, nil
	}
	return "", fmt.Errorf("--format %q: must be %s", flag, oneOf(append([]string{"yaml", "json"}, others...)))
}

// writeDocument writes a document to a file, or to stdout if path is "" or "-".
func (p *program) writeDocument(ctx context.Context, path string, doc *openapi3.T, format openapi.Format) error {
	data, err := encodeDocument(doc, format)
	if err != nil {
		return err
	}
	return p.writeOut(ctx, "document", path, data)
}

func encodeDocument(doc *openapi3.T, format openapi.Format) ([]byte, error) {
	var b bytes.Buffer
	if err := openapi.Encode(&b, doc, format); err != nil {
		return nil, fmt.Errorf("encode document: %w", err)
	}
	return b.Bytes(), nil
}
