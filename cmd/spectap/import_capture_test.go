package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportCapture imports what tcpdump wrote, and writes it as HAR.
func TestImportCapture(t *testing.T) {
	dir := t.TempDir()
	db, file := filepath.Join(dir, "flows.db"), filepath.Join(dir, "flows.har")
	for _, tt := range []struct {
		args   string
		status int
		want   string
	}{
		{"import ../../flow/pcap/testdata/curl.pcap", 0, "imported 2 flows"},
		{"flows export -o " + file + " method:GET", 0, "wrote 2 flows"},
	} {
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), append(strings.Fields(tt.args), "--db", db), nil, &stdout, &stderr)
		if status != tt.status || !strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%s: %d %s", tt.args, status, stderr.String())
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(got), `"http://127.0.0.1:8765/a.json?x=2"`) {
		t.Errorf("%v\n%s", err, got)
	}
}
