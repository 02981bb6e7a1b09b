package certs

import (
	"errors"
	"os"
	"syscall"
	"testing"
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
