package certs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestFileErrors checks that a key file that cannot be written is an error, that an existing file
// stays as it is, and that no temporary file remains.
func TestFileErrors(t *testing.T) {
	dir := t.TempDir()
	folder, old := filepath.Join(dir, "folder"), filepath.Join(dir, "old")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing", "key")
	for _, tt := range []struct {
		name  string
		write func(string, []byte, os.FileMode) error
		path  string
		want  error // nil for any
	}{
		{"create in a missing folder", createFile, missing, fs.ErrNotExist},
		{"replace in a missing folder", replaceFile, missing, fs.ErrNotExist},
		{"create over a file", createFile, old, fs.ErrExist},
		{"replace a folder", replaceFile, folder, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.write(tt.path, []byte("new"), 0o600); err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	if data, err := os.ReadFile(old); string(data) != "old" {
		t.Errorf("the file was changed: %q, %v", data, err)
	}
	if entries, err := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	for _, mode := range []os.FileMode{0o600, 0o644} {
		if err := replaceFile(old, []byte("new"), mode); err != nil {
			t.Fatal(err)
		}
		fi, err := os.Stat(old)
		if err != nil || runtime.GOOS != "windows" && fi.Mode() != mode {
			t.Errorf("written with mode %v, want %v", fi.Mode(), mode)
		}
	}
}

// longFolder returns a folder that has room for the key, but no longer names.
func longFolder(t *testing.T) string {
	limit, ok := map[string]int{"linux": 4096, "darwin": 1024}[runtime.GOOS] // PATH_MAX, with the terminating zero
	if !ok {
		t.Skip("the longest path of this system is not known")
	}
	dir := t.TempDir()
	for need := limit - 1 - len("/"+KeyFile); len(dir) < need; {
		n := min(need-len(dir)-1, 200)
		if left := need - len(dir) - 1 - n; left == 1 {
			n-- // a separator needs a name after it
		}
		dir += "/" + strings.Repeat("d", max(n, 1))
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestWriteErrors checks that a CA whose folder exists, but cannot have new files, is an error that
// names the file.
func TestWriteErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		run  func(dir string) error
		want string
	}{
		{"create", func(dir string) error {
			_, created, err := LoadOrCreate(dir)
			if created {
				t.Error("a CA without a key is said to be new")
			}
			return err
		}, "write CA key: "},
		{"rotate", func(dir string) error { _, err := Rotate(dir); return err }, "write CA key: "},
		{"load without a certificate file", func(dir string) error {
			data, err := os.ReadFile(filepath.Join(authority(t).Dir(), KeyFile))
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(dir, KeyFile), data, 0o600); err != nil {
				return err
			}
			_, err = Load(dir)
			return err
		}, "write CA certificate: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.run(longFolder(t)); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestRotateErrors checks that a CA that cannot be written is an error of LoadOrCreate and Rotate.
func TestRotateErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Rotate(filepath.Join(file, "ca")); err == nil || !strings.HasPrefix(err.Error(), "make CA folder: ") {
		t.Errorf("rotate below a file: %v", err)
	}
	if _, _, err := LoadOrCreate(filepath.Join(file, "ca")); err == nil {
		t.Error("create below a file: no error")
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, KeyFile), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Rotate(dir); err == nil {
		t.Error("replace a folder by the key: no error")
	}
	dir = t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, CertFile), 0o700); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the key is new, then it exists
		if _, _, err := LoadOrCreate(dir); err == nil || !strings.HasPrefix(err.Error(), "write CA certificate: ") {
			t.Errorf("replace a folder by the certificate: %v", err)
		}
	}
}
