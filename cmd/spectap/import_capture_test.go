package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportCapture imports what tcpdump wrote, and writes its requests for the HTTP client of an
// editor.
func TestImportCapture(t *testing.T) {
	dir := t.TempDir()
	db, file := filepath.Join(dir, "flows.db"), filepath.Join(dir, "requests.http")
	for _, tt := range []struct {
		args   string
		status int
		want   string
	}{
		{"import ../../flow/pcap/testdata/curl.pcap", 0, "imported 2 flows"},
		{"flows export -o " + file + " method:GET", 0, "wrote 2 requests"},
		{"flows export --format http --reveal", 2, "secrets are variables"},
		{"flows export --format zip", 2, "must be har or http"},
	} {
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), append(strings.Fields(tt.args), "--db", db), nil, &stdout, &stderr)
		if status != tt.status || !strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%s: %d %s", tt.args, status, stderr.String())
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(got), "\nGET http://127.0.0.1:8765/a.json?x=2\nUser-Agent: curl/") {
		t.Errorf("%v\n%s", err, got)
	}
}
