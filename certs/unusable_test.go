package certs

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// A CA may be limited to purposes. One that fits is enough, wherever it stands.
func TestPurposesOfCA(t *testing.T) {
	const any, server, client = x509.ExtKeyUsageAny, x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth
	for _, tt := range []struct {
		usages  []x509.ExtKeyUsage
		unknown []asn1.ObjectIdentifier
		fits    bool
	}{
		{nil, nil, true},
		{[]x509.ExtKeyUsage{any}, nil, true},
		{[]x509.ExtKeyUsage{server}, nil, true},
		{[]x509.ExtKeyUsage{client, any}, nil, true},
		{[]x509.ExtKeyUsage{any, client}, nil, true},
		{[]x509.ExtKeyUsage{server, client}, nil, true},
		{[]x509.ExtKeyUsage{client}, nil, false},
		{nil, []asn1.ObjectIdentifier{{1, 2, 3}}, false},
		{[]x509.ExtKeyUsage{client}, []asn1.ObjectIdentifier{{1, 2, 3}}, false},
	} {
		if why := unusable(&x509.Certificate{ExtKeyUsage: tt.usages, UnknownExtKeyUsage: tt.unknown}); (why == "") != tt.fits {
			t.Errorf("%v %v: %q", tt.usages, tt.unknown, why)
		}
	}
}

// A temporary file that cannot be made has no name.
func TestNoTemporaryFile(t *testing.T) {
	if name, err := writeTemp(filepath.Join(t.TempDir(), "none", "ca.key"), []byte("x"), 0o600); name != "" || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%q, %v", name, err)
	}
}

// A CA that cannot be made is not new.
func TestNotCreated(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	nowhere := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Join(t.TempDir(), "gone"), nowhere); err != nil {
		t.Skip(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "ca"), nowhere} {
		if a, created, err := LoadOrCreate(dir); a != nil || created || err == nil {
			t.Errorf("%s: %v, %t, %v", dir, a, created, err)
		}
	}
}
