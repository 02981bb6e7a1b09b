package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/spectap/spectap/internal/cli"
	"github.com/spectap/spectap/store"
)

const oneEntry = `{"log":{"version":"1.2","entries":[{"startedDateTime":"2026-01-01T00:00:00Z","time":1,
"request":{"method":"GET","url":"http://a.example/x","headers":[]},
"response":{"status":200,"headers":[],"content":{"text":"{}","mimeType":"application/json"}}}]}}`

// TestImportErrors imports files that end early or cannot be read. What is wrong is said, and
// nothing is stored.
func TestImportErrors(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	io.WriteString(z, oneEntry)
	z.Close()
	dir := t.TempDir()
	for _, tt := range []struct {
		name, want string
		data       string
		stdin      io.Reader
		flows      int64
	}{
		{"a compressed file", "imported 1 flow", zipped.String(), nil, 1},
		{"no gzip after its first bytes", "unzip: gzip: invalid header", "\x1f\x8bxxxxxxxxxxxx", nil, 0},
		{"gzip that ends in its header", "unzip: unexpected EOF", "\x1f\x8b\x08", nil, 0},
		{"no gzip by its second byte", "not a HAR file", "\x1f\x8axxxxxxxxxxxx", nil, 0},
		{"half the mark of gzip", "not a HAR file", "\x1f", nil, 0},
		{"gzip that ends early", "the file ends in the middle", zipped.String()[:zipped.Len()-30], nil, 0},
		{"gzip with a wrong sum", "gzip: invalid checksum", zipped.String()[:zipped.Len()-8] + "\x00\x00\x00\x00" + zipped.String()[zipped.Len()-4:], nil, 0},
		{"stdin", "imported 1 flow", "", strings.NewReader(oneEntry), 1},
		{"stdin that fails", "the pipe broke", "", io.MultiReader(strings.NewReader(oneEntry[:50]), iotest.ErrReader(errors.New("the pipe broke"))), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file, db := "-", filepath.Join(t.TempDir(), "s.db")
			if tt.stdin == nil {
				file = filepath.Join(dir, "traffic")
				if err := os.WriteFile(file, []byte(tt.data), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			temp := t.TempDir()
			t.Setenv("TMPDIR", temp)
			var stdout, stderr bytes.Buffer
			status := run(t.Context(), []string{"import", "--db", db, file}, tt.stdin, &stdout, &stderr)
			if (status == cli.ExitFine) != (tt.flows > 0) || !strings.Contains(stdout.String()+stderr.String(), tt.want) {
				t.Errorf("status %d: %s%s", status, stdout.String(), stderr.String())
			}
			if n := storedFlows(t, db); n != tt.flows {
				t.Errorf("%d flows were stored", n)
			}
			if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
				t.Errorf("temporary files stay: %v %v", left, err)
			}
		})
	}
}

// storedFlows returns the number of flows in a store, 0 if there is none.
func storedFlows(t *testing.T, db string) int64 {
	t.Helper()
	if _, err := os.Stat(db); err != nil {
		return 0
	}
	st, err := store.Open(db, store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	stat, err := st.Stat(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return stat.Flows
}
