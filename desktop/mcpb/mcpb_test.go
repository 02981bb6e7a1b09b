package mcpb

import (
	"archive/zip"
	"bytes"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// sample returns a bundle.
func sample(t *testing.T, files ...File) []byte {
	t.Helper()
	data, err := Write(Manifest{Name: "shop", Version: "1.0.0", Description: "a <b> & c", Server: Server{EntryPoint: "run"}}, files)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestBundle checks that a bundle has the same bytes for the same files in any order, and
// keeps what may be executed.
func TestBundle(t *testing.T) {
	run, doc := File{Name: "run", Data: []byte("#!/bin/sh\n"), Executable: true}, File{Name: "api.yaml", Data: []byte("a: 1\n")}
	data := sample(t, run, doc)
	if !bytes.Equal(data, sample(t, doc, run)) {
		t.Error("the order of the files counts")
	}
	z := must.Get(zip.NewReader(bytes.NewReader(data), int64(len(data))))
	if z.File[0].Name != ManifestName || z.File[1].Mode() != 0o644 || z.File[2].Mode() != 0o755 {
		t.Errorf("the files are %v, %v %v, %v", z.File[0].Name, z.File[1].Name, z.File[1].Mode(), z.File[2].Mode())
	}
	if _, err := Write(Manifest{}, []File{{Name: "../x"}}); err == nil {
		t.Error("a file outside was accepted")
	}
}
