package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spectap/spectap/internal/safefile"
	"github.com/spectap/spectap/openapi"
)

// WriteOut writes the output that -o names: stdout for "" and "-", else a file. Errors call the
// content what.
func (p *Program) WriteOut(ctx context.Context, what, path string, data []byte) error {
	if path == "" || path == "-" {
		return p.WriteFileOut(data)
	}
	return p.WriteNamed(ctx, what, path, 0o644, data)
}

// WriteNamed writes a file that a person named, see [Program.WriteStream].
func (p *Program) WriteNamed(ctx context.Context, what, path string, mode fs.FileMode, data []byte) error {
	if err := p.CheckOut(what, path); err != nil {
		return err
	}
	return p.write(ctx, what, path, mode, data)
}

// WriteAgain is [Program.WriteOut] for a file that the command has read and whose content it
// preserves.
func (p *Program) WriteAgain(ctx context.Context, what, path string, data []byte) error {
	if path == "-" {
		return p.WriteFileOut(data)
	}
	if err := NotStore(path); err != nil {
		return err
	}
	return p.write(ctx, what, path, 0o644, data)
}

func (p *Program) write(ctx context.Context, what, path string, mode fs.FileMode, data []byte) error {
	if err := p.WriteFile(ctx, path, mode, data); err != nil {
		return WriteError(what, path, err)
	}
	sum := sha256.Sum256(data)
	p.noteWritten(ctx, path, sum[:])
	return nil
}

// WriteFile is safefile.Write protected from interrupts.
func (p *Program) WriteFile(ctx context.Context, path string, mode fs.FileMode, data []byte) error {
	p.Writing.Lock()
	defer p.Writing.Unlock()
	return safefile.Write(ctx, path, mode, data)
}

// WriteStream writes the file that -o names. It refuses to replace a store, or a file that spectap
// did not write or that has changed since. Errors call the content what.
func (p *Program) WriteStream(ctx context.Context, what, path string, write func(io.Writer) error) error {
	if err := p.CheckOut(what, path); err != nil {
		return err
	}
	sum := sha256.New()
	err := safefile.WriteStream(ctx, path, 0o600, func(w io.Writer) error { return write(io.MultiWriter(w, sum)) })
	if err != nil {
		return WriteError(what, path, err)
	}
	p.noteWritten(ctx, path, sum.Sum(nil))
	return nil
}

// NotStore returns an error if the file is a store: replacing it would lose its flows.
func NotStore(path string) error {
	if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() || !IsStore(path) {
		return nil
	}
	return WithHint(fmt.Errorf("write %s: it is a store of spectap, and its flows would be lost", path), "another file with -o")
}

// WriteError adds context to the error of writing a file that a person named.
func WriteError(what, path string, err error) error {
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, fs.ErrNotExist):
		dir := filepath.Dir(path)
		return WithHint(fmt.Errorf("write %s: there is no folder %s", what, dir), "mkdir -p "+QuoteArg(dir))
	default:
		err = fmt.Errorf("write %s %s: %w", what, path, PlainPathError(err))
	}
	return WithHint(err, "another file with -o")
}

// FormatFor returns the format that a flag names, else the format of the file extension, else YAML.
// The error also lists others, the further formats that the caller accepts.
func FormatFor(flag, file string, others ...string) (openapi.Format, error) {
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
	return "", fmt.Errorf("--format %q: must be %s", flag, OneOf(append([]string{"yaml", "json"}, others...)))
}

// HostFile returns the file for a host other than the first, in the folder of out: for api.yaml it
// is api.HOST.yaml.
func HostFile(out, host string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '_' // colons and brackets in ports and addresses
	}, host)
	ext := filepath.Ext(out)
	return strings.TrimSuffix(out, ext) + "." + name + ext
}

// FreeFile returns the file to write: the given file, or a numbered one next to it if the given
// file has content that must not be replaced. Hosts are known only after the command has run, when
// it is too late to refuse.
func FreeFile(file string, mayReplace func(string) bool) string {
	ext := filepath.Ext(file)
	free := file
	for i := 2; HasContent(free) && !mayReplace(free); i++ {
		free = fmt.Sprintf("%s.%d%s", strings.TrimSuffix(file, ext), i, ext)
	}
	return free
}

// HasContent reports whether a path is a regular file that is not empty.
func HasContent(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Size() > 0
}

// Limits of files that commands read into memory, in bytes. A device or a FIFO has no end.
const (
	MaxInput    = openapi.MaxFile
	MaxSettings = 16 << 20 // configuration, corrections, policies, lists, certificates, tokens
)

// ReadFile is os.ReadFile for a file of at most max bytes.
func ReadFile(path string, max int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, path, max)
}

// ReadFound is ReadFile for a file that no person named. It must be a regular file, so that a FIFO
// in a shared folder cannot block a command.
func ReadFound(path string, max int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("it is no regular file")}
	}
	return ReadFile(path, max)
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

// ReadSpec is [Program.ReadInput] with the larger limit of documents. [Program.ReadDocument] reads
// OpenAPI.
func (p *Program) ReadSpec(name string) ([]byte, error) { return p.read("document", name, MaxInput) }

// ReadInput reads a file that a person named, or stdin if name is "-".
func (p *Program) ReadInput(what, name string) ([]byte, error) {
	return p.read(what, name, MaxSettings)
}

func (p *Program) read(what, name string, max int64) (data []byte, err error) {
	if name == "-" {
		data, err = readAll(p.Stdin, "stdin", max)
	} else {
		data, err = ReadFile(name, max)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return data, nil
}

// ContextReader returns the error of its context once the context ends.
type ContextReader struct {
	Ctx context.Context
	R   io.Reader
}

// PlainPathError removes the operation and path from an error, for a message that already has them.
func PlainPathError(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

func (r ContextReader) Read(p []byte) (int, error) {
	if err := r.Ctx.Err(); err != nil {
		return 0, err
	}
	return r.R.Read(p)
}
