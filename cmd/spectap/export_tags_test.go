package main

import (
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/document"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/store"
)

// taggedFlows writes a store in which each path has flows with other tags.
func taggedFlows(t *testing.T, path string) {
	t.Helper()
	db := openStore(t, path, store.Options{Create: true})
	defer db.Close()
	add := func(path string, tags ...string) {
		f := flow.Flow{
			Source: "test", Started: time.Now(), Done: true, Tags: tags,
			Request: flow.Request{Method: "GET", Scheme: "https", Authority: "api.example.com", Path: path},
			Response: &flow.Response{
				Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}}, Body: flow.Body{Data: []byte(`{"a":1}`), Size: 7},
			},
		}
		must(db.Append(t.Context(), f))
	}
	add("/orders", "nightly")
	add("/orders", "smoke")
	add("/users", "nightly", "ghp_abcdefghijklmnopqrstuvwxyz0123456789")
	add("/plain")
	add("/many", "test-001", "smoke")
}

// exported runs export and returns the document.
func exported(t *testing.T, args ...string) *openapi3.T {
	t.Helper()
	var stdout, stderr strings.Builder
	if status := run(t.Context(), append([]string{"export"}, args...), strings.NewReader(""), &stdout, &stderr); status != cli.ExitFine {
		t.Fatalf("export %q: exit status %d: %s", args, status, stderr.String())
	}
	return must(openapi.Load([]byte(stdout.String())))
}

// hasModel reports whether a store has a model.
func hasModel(t *testing.T, path string) bool {
	t.Helper()
	db := openStore(t, path, store.Options{ReadOnly: true})
	defer db.Close()
	data, _, err := db.LoadModel(t.Context(), catalog.ModelName)
	noError(t, err)
	return data != nil
}

// TestExportOfTags checks that other flows are not described, and that the saved model stays that
// of all flows.
func TestExportOfTags(t *testing.T) {
	db := filepath.Join(t.TempDir(), "flows.db")
	taggedFlows(t, db)
	for _, tt := range []struct {
		args  []string
		paths string
		saved bool // the model, by then
	}{
		{[]string{"--tag", "nightly"}, "/orders /users", false},
		{nil, "/many /orders /plain /users", true}, // saves the model
		{[]string{"--tag", "nightly"}, "/orders /users", true},
		{[]string{"--tag", "test-001", "--tag", "nightly"}, "/many /orders /users", true},
		{[]string{"--tag", "nightly", "--limit", "1"}, "/users", true},
		{nil, "/many /orders /plain /users", true},
	} {
		doc := exported(t, append([]string{"--db", db}, tt.args...)...)
		if got := strings.Join(slices.Sorted(maps.Keys(doc.Paths.Map())), " "); got != tt.paths {
			t.Errorf("%q describes %s, want %s", tt.args, got, tt.paths)
		}
		if got := hasModel(t, db); got != tt.saved {
			t.Errorf("%q: a model is saved: %t", tt.args, got)
		}
	}
	for args, want := range map[string]string{
		"--tag none-such": "no flow has the tag none-such",
		"--tag a,b":       "a tag may have printable characters",
	} {
		var stderr strings.Builder
		status := run(t.Context(), append([]string{"export", "--db", db}, strings.Fields(args)...), strings.NewReader(""), &strings.Builder{}, &stderr)
		if status == cli.ExitFine || !strings.Contains(stderr.String(), want) {
			t.Errorf("%s: exit status %d, %q", args, status, stderr.String())
		}
	}
}

// TestAdditionsLeaveTheDocument holds that examples do not get into the document of the catalog,
// which others share: that is kept as the last export.
func TestAdditionsLeaveTheDocument(t *testing.T) {
	setFolder(t, "XDG_STATE_HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "s.db")
	taggedFlows(t, path)
	out := filepath.Join(t.TempDir(), "api.yaml")
	p := cli.New(nil, io.Discard, io.Discard)
	if status := p.Run(t.Context(), newRootCmd(p), []string{"export", "--db", path, "--evidence", "-o", out}); status != cli.ExitFine {
		t.Fatal(status)
	}
	added := string(readFile(t, out))
	kept, _, err := document.LastExport(p, "api.example.com")
	noError(t, err)
	if !strings.Contains(added, "x-spectap-evidence:") || !strings.Contains(string(kept), "/orders:") || strings.Contains(string(kept), "x-spectap-evidence:") {
		t.Errorf("with evidence:\n%s\nthe kept document:\n%s", added, kept)
	}
}
