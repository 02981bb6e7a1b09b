package apidoc

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcptools/tool"
)

// newLibrary returns a library with the document shop and a folder with docs/bank.json.
func newLibrary(t *testing.T) (l *Library, dir string) {
	t.Helper()
	dir = t.TempDir()
	files := filepath.Join(dir, "files")
	for _, err := range []error{
		os.MkdirAll(filepath.Join(files, "docs"), 0o700),
		os.WriteFile(filepath.Join(dir, "shop.json"), []byte(document), 0o600),
		os.WriteFile(filepath.Join(dir, "secret.json"), []byte(document), 0o600),
		os.WriteFile(filepath.Join(files, "docs", "bank.json"), []byte(strings.Replace(document, "Shop", "Bank", 1)), 0o600),
		os.WriteFile(filepath.Join(files, "notes.txt"), []byte("token: planted-secret\n- x\n"), 0o600),
		os.Symlink(filepath.Join(dir, "secret.json"), filepath.Join(files, "link.json")),
	} {
		must.Do(t, err)
	}
	root := must.Get(os.OpenRoot(files))
	t.Cleanup(func() { root.Close() })
	return &Library{Named: []Named{{"shop", filepath.Join(dir, "shop.json")}}, Files: root}, dir
}

func keep(s string) string { return s }

// load reads a document as a call does.
func load(l *Library, given string, hide func(string) string) (*openapi3.T, error) {
	text, err := l.Text(given)
	if err != nil {
		return nil, err
	}
	return LoadGiven(given, text, hide)
}

func TestLibrary(t *testing.T) {
	l, dir := newLibrary(t)
	for given, title := range map[string]string{
		"shop": "Shop", " shop ": "Shop", "docs/bank.json": "Bank", filepath.Join(dir, "files", "docs", "bank.json"): "Bank", document: "Shop",
	} {
		if doc, err := load(l, given, keep); err != nil || doc.Info.Title != title {
			t.Errorf("%.40q: %v", given, err)
		}
	}
	must.Do(t, os.WriteFile(filepath.Join(dir, "shop.json"), []byte(strings.Replace(document, "Shop", "New", 1)), 0o600))
	if doc, err := load(l, "shop", keep); err != nil || doc.Info.Title != "New" {
		t.Errorf("the file was not read again: %v", err)
	}
}

// TestLibraryErrors checks that a caller reaches no other file, learns nothing about files that are
// no documents, and gets an error with the argument to use.
func TestLibraryErrors(t *testing.T) {
	l, dir := newLibrary(t)
	must.Do(t, os.Remove(filepath.Join(dir, "shop.json")))
	none := &Library{}
	hidden := func(s string) string { return strings.ReplaceAll(s, "planted-secret", "…") }
	for _, tt := range []struct {
		l           *Library
		given, want string
	}{
		{l, "shop", "shop cannot be read: no such file"},
		{l, "none", "the documents are shop"},
		{none, "none", "--spec NAME=FILE"},
		{&Library{Files: l.Files}, "none", "below the folder of --files"},
		{l, "../secret.json", "cannot be read: path escapes"},
		{l, filepath.Join(dir, "secret.json"), "cannot be read: path escapes"},
		{l, "link.json", "cannot be read: path escapes"},
		{l, "docs", "not a regular file"},
		{l, "notes.txt", "notes.txt cannot be read"},
		{l, "", "cannot be read"},
		{l, "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {responses: {'200': true}}}}", `line 3, column 32: GET /a: A value has the wrong type: "200" must be`},
	} {
		_, err := load(tt.l, tt.given, hidden)
		var te *tool.Error
		if !errors.As(err, &te) || !strings.Contains(te.Message+" "+te.Hint, tt.want) || strings.Contains(te.Message, "planted-secret") {
			t.Errorf("%q: %+v, want %s", tt.given, te, tt.want)
		}
	}
}
