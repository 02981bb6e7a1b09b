package certs

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/spectap/spectap/internal/filelimit"
)

// TestFillErrors checks that each step of writing a file returns its error.
func TestFillErrors(t *testing.T) {
	open := func(path string) *os.File {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Skip(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	r, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer pipe.Close()
	for _, tt := range []struct {
		name string
		file *os.File
		want error
	}{
		{"write", open("/dev/full"), syscall.ENOSPC},
		{"chmod", open("/proc/self/comm"), syscall.EPERM},
		{"sync", pipe, syscall.EINVAL},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := fill(tt.file, []byte("certs.test"), 0o600); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// TestFullDisk checks that a file that cannot be written whole leaves the old one as it is, and
// nothing beside it.
func TestFullDisk(t *testing.T) {
	if !filelimit.Alone(t) {
		return
	}
	dir := t.TempDir()
	old, other := filepath.Join(dir, "old"), filepath.Join(dir, "other")
	if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	reset := filelimit.Set(t, 8)
	replaced, created := replaceFile(old, make([]byte, 100), 0o600), createFile(other, make([]byte, 100), 0o600)
	reset()
	for what, err := range map[string]error{"replaced": replaced, "created": created} {
		if !errors.Is(err, syscall.EFBIG) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if data, err := os.ReadFile(old); string(data) != "old" || err != nil {
		t.Errorf("the old file has %q, %v", data, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
