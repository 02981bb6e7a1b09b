package certs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
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
}

// TestRotateErrors checks that a CA that cannot be written is an error of LoadOrCreate and Rotate.
func TestRotateErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Rotate(filepath.Join(file, "ca")); err == nil {
		t.Error("rotate below a file: no error")
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
}
