// Package corpustest finds recorded traffic of real APIs, with their vendors' documents, for tests
// that learn from it or measure with it.
//
// The corpora are not part of the project. They are in ../shared/corpora, or in the folder that
// SPECTAP_CORPORA names, one folder for each API with train.har.gz and openapi.json.gz. A test that
// needs a missing file is skipped.
//
// Read corpustest.go first; shortfall.go lists the targets that the project is known to miss.
package corpustest

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/har"
	"github.com/spectap/spectap/internal/test/must"
)

// The files of a corpus.
const (
	Traffic  = "train.har.gz"    // traffic that documents are inferred from
	HeldOut  = "heldout.har.gz"  // more traffic, to judge the documents with
	Document = "openapi.json.gz" // the vendor's own document
)

// Large is the size in bytes from which a document takes long to check, and shows nothing more.
const Large = 2 << 20

// Names returns the names of all corpora, in order, or skips the test without corpora.
func Names(t testing.TB) []string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(folder(t), "*", Traffic))
	if len(files) == 0 {
		t.Skip("no corpora beside the project")
	}
	for i, f := range files {
		files[i] = filepath.Base(filepath.Dir(f))
	}
	return files
}

// Path returns the path of a file of a corpus, or skips the test if the file is missing.
func Path(t testing.TB, name, file string) string {
	t.Helper()
	path := filepath.Join(folder(t), name, file)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no corpus %s beside the project", name)
	}
	return path
}

// Open opens a file of a corpus, decompressed, until the test ends. It skips the test if the file
// is missing.
func Open(t testing.TB, name, file string) io.Reader {
	t.Helper()
	f := must.Get(os.Open(Path(t, name, file)))
	t.Cleanup(func() { f.Close() })
	return must.Get(gzip.NewReader(f))
}

// Read returns a file of a corpus, decompressed, or skips the test if the file is missing.
func Read(t testing.TB, name, file string) []byte {
	t.Helper()
	return must.Get(io.ReadAll(Open(t, name, file)))
}

// Flows returns the traffic of a corpus as a store would return it, numbered from 1, or skips the
// test if the file is missing.
func Flows(t testing.TB, name string) []flow.Flow {
	t.Helper()
	var fs []flow.Flow
	for f, err := range har.Read(Open(t, name, Traffic), har.ReadConfig{Source: name}).Flows() {
		if err != nil {
			t.Fatal(err)
		}
		f.Seq, f.Done = flow.Seq(len(fs)+1), true
		fs = append(fs, f)
	}
	return fs
}

// folder returns the folder of the corpora, from any package's folder.
func folder(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("SPECTAP_CORPORA"); dir != "" {
		return dir
	}
	dir := must.Get(os.Getwd())
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "..", "shared", "corpora")
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = up
	}
}
