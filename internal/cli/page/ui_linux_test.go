package page

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/internal/cli"
)

// TestDocumentOfPage checks that the page compares with the file of --document as it is when it
// looks.
func TestDocumentOfPage(t *testing.T) {
	p := cli.New(nil, io.Discard, io.Discard)
	if g := given(p, ""); g != nil {
		t.Errorf("without --document: %+v", g)
	}
	path := filepath.Join(t.TempDir(), "api.yaml")
	g := given(p, path)
	if g == nil || g.Path != path {
		t.Fatalf("%+v, want one of %s", g, path)
	}
	if err := os.WriteFile(path, []byte("openapi: 3.1.0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := g.Read(t.Context()); err != nil || string(data) != "openapi: 3.1.0\n" {
		t.Errorf("%q, %v", data, err)
	}
}
