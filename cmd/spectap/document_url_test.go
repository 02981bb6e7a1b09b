package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocumentOfURL compares a file with the document at a URL, and checks that a failure says what
// to do.
func TestDocumentOfURL(t *testing.T) {
	const document = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {responses: {'200': {description: ok}}}}}\n"
	mux := http.NewServeMux()
	mux.HandleFunc("/api.yaml", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(document)) })
	mux.HandleFunc("/parts.yaml", func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(strings.Replace(document, "{get:", "{$ref: part.yaml, post:", 1)))
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	file := filepath.Join(t.TempDir(), "new.yaml")
	noError(t, os.WriteFile(file, []byte(strings.Replace(document, "/a", "/b", 1)), 0o600))
	for _, tt := range []struct {
		args      []string
		code      int
		out, errs string
	}{
		{[]string{"diff", server.URL + "/api.yaml", file}, 3, "GET /a: api path removed", "1 breaking"},
		{[]string{"diff", "--format", "github", file, server.URL + "/api.yaml"}, 3, "GET /b: api path removed", "1 breaking"},
		{[]string{"validate", server.URL + "/api.yaml"}, 0, "", "0 errors"},
		{[]string{"diff", server.URL + "/none.yaml", file}, 1, "", "responded with status 404 Not Found\ntry: curl -o api.json " + server.URL + "/none.yaml, and name api.json instead of the URL"},
		{[]string{"check", server.URL + "/parts.yaml"}, 1, "", "try: --refs-from " + server.URL + "/"},
	} {
		var out, errs bytes.Buffer
		code := run(t.Context(), tt.args, strings.NewReader(""), &out, &errs)
		if code != tt.code || !strings.Contains(out.String(), tt.out) || !strings.Contains(errs.String(), tt.errs) {
			t.Errorf("%q: status %d\n%s%s", tt.args, code, out.String(), errs.String())
		}
	}
}
