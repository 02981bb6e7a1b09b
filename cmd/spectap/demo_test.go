package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/demo"
	"github.com/spectap/spectap/internal/tempdir"
	"github.com/spectap/spectap/store"
)

// TestDemoLeavesItsFolder checks that the folder of a demo stays, with what went wrong, unless the
// demo was interrupted.
func TestDemoLeavesItsFolder(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name   string
		ctx    context.Context
		failed error
		stays  bool
	}{
		{"worked", t.Context(), nil, true},
		{"failed", t.Context(), errors.New("it fails"), true},
		{"interrupted", ended, ended.Err(), false},
		{"interrupted after all", ended, nil, true},
	} {
		var s demoRun
		if err := s.makeDir(""); err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(s.dir)
		if err := s.leave(tt.ctx, tt.failed); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		_, err := os.Stat(s.dir)
		_, locked := os.Stat(filepath.Join(s.dir, tempdir.LockFile))
		if stays := err == nil; stays != tt.stays || locked == nil {
			t.Errorf("%s: the folder stays: %t, as one to remove: %t", tt.name, stays, locked == nil)
		}
	}
	own := demoRun{dir: t.TempDir()}
	if err := own.leave(ended, ended.Err()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(own.dir); err != nil {
		t.Errorf("the folder of a person: %v", err)
	}
}

// TestDemoDocumentFails checks that a demo ends where it has no document, or one of other flows.
func TestDemoDocumentFails(t *testing.T) {
	t.Setenv(configEnv, "")
	for _, tt := range []struct {
		name  string
		flows int // in the store, of 2 that were sent; -1 for no store
		file  bool
		want  string
	}{
		{"no store", -1, true, "no such store"},
		{"no flows", 0, true, "no flows"},
		{"a lost flow", 1, true, "the document accounts for 1 flows, want 2"},
		{"no file", 2, false, "shop.yaml"},
		{"all", 2, true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if tt.flows >= 0 {
				db, err := store.Open(filepath.Join(dir, "flows.db"), store.Options{Create: true})
				if err != nil {
					t.Fatal(err)
				}
				for range tt.flows {
					if _, err := db.Append(t.Context(), getOf("shop.example", "/products", "application/json", `{"name":"pen"}`)); err != nil {
						t.Fatal(err)
					}
				}
				if err := db.Close(); err != nil {
					t.Fatal(err)
				}
			}
			file := filepath.Join(dir, "shop.yaml")
			if !tt.file {
				if err := os.Mkdir(file, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			var out bytes.Buffer
			p := newProgram(nil, &out, io.Discard)
			p.global = globalFlags{logLevel: "error", logFormat: "text"}
			s := &demoRun{p: p, dir: dir, sent: 2, server: &demo.Server{URL: "https://shop.example"}}
			err := s.document(t.Context())
			p.stdout.Flush()
			if failed := err != nil; failed != (tt.want != "") || failed && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
			if tt.want == "" && !strings.Contains(out.String(), "shop.yaml: OpenAPI 3.1") {
				t.Errorf("it prints %s", &out)
			}
		})
	}
}
