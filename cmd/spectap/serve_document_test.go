package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/cli"
)

// oneTool is a document with one operation. Its server is the host that it is fetched from.
const oneTool = `{"openapi":"3.1.0","info":{"title":"Shop","version":"1"},"servers":[{"url":"/v1"}],
"paths":{"/items":{"get":{"operationId":"listItems","responses":{"200":{"description":"OK"}}}}}}`

// TestServeFetched serves documents of a URL: those that cannot be fetched as a whole are refused,
// with what the server did.
func TestServeFetched(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/api.json", func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept"), "application/json") {
			w.WriteHeader(http.StatusNotAcceptable)
		}
		io.WriteString(w, oneTool)
	})
	mux.HandleFunc("/short.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5000")
		io.WriteString(w, oneTool)
	})
	mux.HandleFunc("/error.json", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		io.WriteString(w, oneTool)
	})
	mux.HandleFunc("/large.json", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, oneTool)
		blanks := strings.Repeat(" ", 1<<20)
		for range cli.MaxFetched >> 20 {
			io.WriteString(w, blanks)
		}
	})
	lost := strings.Replace(strings.Replace(oneTool, "/v1", "https://shop.example/v1", 1), `"paths":{`, `"paths":{"/lost":{"get":{"operationId":"lost","responses":{"200":{"$ref":"#gone"}}}},`, 1)
	mux.HandleFunc("/lost.json", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, lost) })
	file := filepath.Join(t.TempDir(), "lost.json")
	if err := os.WriteFile(file, []byte(lost), 0o600); err != nil {
		t.Fatal(err)
	}
	mux.HandleFunc("/page.html", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<p>hello</p>") })
	srv := httptest.NewServer(mux)
	defer srv.Close()
	host := strings.TrimPrefix(srv.URL, "http://")
	ended := httptest.NewServer(mux)
	ended.Close()
	for _, tt := range []struct{ spec, want string }{
		{srv.URL + "/api.json", ""},
		{srv.URL + "/lost.json", ""},
		{file, ""},
		{srv.URL + "/error.json", "fetch the document: " + host + " responded with 503 Service Unavailable"},
		{srv.URL + "/none.json", "fetch the document: " + host + " responded with 404 Not Found"},
		{srv.URL + "/short.json", "fetch the document: unexpected EOF"},
		{srv.URL + "/large.json", "fetch the document: it is larger than 64 MiB"},
		{srv.URL + "/page.html", "read " + srv.URL + "/page.html: "},
		{ended.URL + "/api.json", "try: curl -o api.json " + ended.URL + "/api.json && spectap serve api.json"},
		{"http://[", "http://[ is not a URL"},
		{"http:///api.json", "http:///api.json is not a URL"},
	} {
		status, out, errs := runHere("serve", tt.spec, "--dry-run")
		if tt.want == "" {
			if isLost := strings.HasSuffix(tt.spec, "lost.json"); isLost != strings.Contains(errs, `left out: GET /lost: the reference "#gone" leads nowhere`) {
				t.Errorf("%s: %s", tt.spec, errs)
			}
			if status != cli.ExitFine || !strings.Contains(out, `"listItems"`) {
				t.Errorf("%s: exit %d: %s%s", tt.spec, status, out, errs)
			}
			continue
		}
		if status == cli.ExitFine || status == cli.ExitFound || !strings.Contains(errs, tt.want) || out != "" {
			t.Errorf("%s: exit %d, want %q: %s%s", tt.spec, status, tt.want, out, errs)
		}
	}
}
