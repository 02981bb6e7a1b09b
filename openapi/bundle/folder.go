package bundle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spectap/spectap/internal/safefile"
	"github.com/spectap/spectap/openapi"
)

// ErrOutside reports that a reference leads to a place that may not be read.
var ErrOutside = errors.New("it leads out of the folder of the document")

// FileURI returns the URI of a file.
func FileURI(file string) (*url.URL, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	abs = filepath.ToSlash(abs)
	if !strings.HasPrefix(abs, "/") { // C:/
		abs = "/" + abs
	}
	return &url.URL{Scheme: "file", Path: abs}, nil
}

// Within returns a source that reads files in some folders and below, such as with [ReadIn]. Other
// references are [ErrOutside].
func Within(read func(dir, name string) ([]byte, error), dirs ...string) Source {
	return func(_ context.Context, uri *url.URL) ([]byte, error) {
		if uri.Scheme != "file" || uri.Host != "" {
			return nil, ErrOutside
		}
		file := uri.Path
		if runtime.GOOS == "windows" {
			file = strings.TrimPrefix(file, "/")
		}
		for _, dir := range dirs {
			abs, err := filepath.Abs(dir)
			if err != nil {
				return nil, err
			}
			rel, err := filepath.Rel(abs, filepath.FromSlash(file))
			if err == nil && filepath.IsLocal(rel) {
				return read(abs, rel)
			}
		}
		return nil, ErrOutside
	}
}

// ReadIn reads a regular file of a folder, and follows no symbolic link out of it.
func ReadIn(dir, name string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	data, err := safefile.Read(root.OpenFile, name, openapi.MaxFile+1)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fs.ErrNotExist
	case err != nil && strings.Contains(err.Error(), "escapes"): // the error of package os has no name
		return nil, fmt.Errorf("%w by a symbolic link", ErrOutside)
	case errors.Is(err, safefile.ErrNotRegular):
		return nil, errors.New("it is no regular file")
	}
	return data, pathless(err)
}

func pathless(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
