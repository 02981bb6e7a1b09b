package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/mcptools/apidoc"
)

// specFlags name documents for the tools that take one.
type specFlags struct{ named []string }

func (f *specFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.named, "spec", nil,
		"let tools read an OpenAPI document by a name: `NAME=FILE` (repeatable); the file is read for each call")
}

// specName cannot be mistaken for a path or for the text of a document.
var specName = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// library checks the flags and returns the documents. A file that is not there yet is an error, one
// that is not a document is one of the call that reads it.
func (f *specFlags) library(cmd *cobra.Command) (*apidoc.Library, error) {
	out := &apidoc.Library{}
	for _, s := range f.named {
		name, file, ok := strings.Cut(s, "=")
		switch {
		case !ok || file == "" || !specName.MatchString(name):
			return nil, usagef(cmd, "--spec %s: must be NAME=FILE; a name has letters, digits, - and _", s)
		case slices.Contains(out.Names(), name):
			return nil, usagef(cmd, "--spec %s: the name %s is taken", s, name)
		}
		info, err := os.Stat(file)
		if err == nil && !info.Mode().IsRegular() {
			err = errors.New("is not a regular file")
		}
		if err == nil {
			file, err = filepath.Abs(file)
		}
		if err != nil {
			return nil, &hint{fmt.Errorf("--spec %s: %w", s, plainPathError(err)), "--spec " + name + "=FILE with an existing file"}
		}
		out.Named = append(out.Named, apidoc.Named{Name: name, Path: file})
	}
	return out, nil
}
