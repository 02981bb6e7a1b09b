package certs

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// authority creates a CA in a temporary folder.
func authority(t *testing.T) *Authority {
	t.Helper()
	a, created, err := LoadOrCreate(filepath.Join(t.TempDir(), "ca"))
	if err != nil || !created {
		t.Fatalf("created %t, %v", created, err)
	}
	return a
}

// TestLoadOrCreate checks that the CA is the same each time it is loaded, and that its key is
// private.
func TestLoadOrCreate(t *testing.T) {
	a := authority(t)
	b, created, err := LoadOrCreate(a.Dir())
	if err != nil || created || a.Fingerprint() != b.Fingerprint() {
		t.Errorf("the CA was not loaded again: created %t, %v", created, err)
	}
	for name, want := range map[string]os.FileMode{".": 0o700, KeyFile: 0o600, CertFile: 0o644} {
		fi, err := os.Stat(filepath.Join(a.Dir(), name))
		if err != nil {
			t.Fatal(err)
		}
		if got := fi.Mode().Perm(); runtime.GOOS != "windows" && got != want {
			t.Errorf("%s has mode %o, want %o", name, got, want)
		}
	}
	if data, _ := os.ReadFile(a.CertPath()); bytes.Contains(data, []byte("PRIVATE")) {
		t.Error("ca.pem contains the key")
	}
	if entries, _ := os.ReadDir(a.Dir()); len(entries) != 2 {
		t.Errorf("unexpected files: %v", entries)
	}
}

// TestCreateConcurrently checks that concurrent calls create one CA.
func TestCreateConcurrently(t *testing.T) {
	dir := t.TempDir()
	prints := make([]string, 16)
	var wg sync.WaitGroup
	for i := range prints {
		wg.Go(func() {
			a, _, err := LoadOrCreate(dir)
			if err != nil {
				t.Error(err)
				return
			}
			prints[i] = a.Fingerprint()
		})
	}
	wg.Wait()
	for _, p := range prints {
		if p != prints[0] {
			t.Fatal("two CAs were created")
		}
	}
}

// TestLoadRefuses checks the errors for a missing, damaged, expired or exposed CA.
func TestLoadRefuses(t *testing.T) {
	if _, err := Load(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("empty folder: %v", err)
	}
	key := func(a *Authority) string { return filepath.Join(a.Dir(), KeyFile) }
	for _, tt := range []struct {
		name   string
		damage func(*Authority) error
		want   error
	}{
		{"not PEM", func(a *Authority) error { return os.WriteFile(key(a), []byte("x"), 0o600) }, ErrNotCA},
		{"certificate without key", func(a *Authority) error { return os.WriteFile(key(a), a.CertPEM(), 0o600) }, ErrNotCA},
		{"key of another CA", func(a *Authority) error {
			other, err := encode(authority(t).key, a.cert)
			if err != nil {
				return err
			}
			return os.WriteFile(key(a), other, 0o600)
		}, ErrNotCA},
		{"leaf with its key", func(a *Authority) error {
			serial, err := newSerial()
			if err != nil {
				return err
			}
			leaf := &x509.Certificate{SerialNumber: serial, NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"a.example"}}
			der, err := x509.CreateCertificate(rand.Reader, leaf, a.cert, a.key.Public(), a.key)
			if err != nil {
				return err
			}
			cert, err := x509.ParseCertificate(der)
			if err != nil {
				return err
			}
			data, err := encode(a.key, cert)
			if err != nil {
				return err
			}
			return os.WriteFile(key(a), data, 0o600)
		}, ErrNotCA},
		{"folder writable by all", func(a *Authority) error { return os.Chmod(a.Dir(), 0o707) }, ErrFolderExposed},
		{"expired", func(a *Authority) error {
			k, c, err := newCA(time.Now().Add(-2 * caLife))
			if err != nil {
				return err
			}
			data, err := encode(k, c)
			if err != nil {
				return err
			}
			return os.WriteFile(key(a), data, 0o600)
		}, ErrExpired},
		{"key readable by others", func(a *Authority) error { return os.Chmod(key(a), 0o640) }, ErrKeyExposed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if (tt.want == ErrKeyExposed || tt.want == ErrFolderExposed) && runtime.GOOS == "windows" {
				t.Skip("Windows has no modes")
			}
			a := authority(t)
			if err := tt.damage(a); err != nil {
				t.Fatal(err)
			}
			if _, _, err := LoadOrCreate(a.Dir()); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// TestCertificateFileRestored checks that Load rewrites a ca.pem that does not match the CA.
func TestCertificateFileRestored(t *testing.T) {
	a := authority(t)
	if err := os.WriteFile(a.CertPath(), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(a.Dir()); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(a.CertPath()); !bytes.Equal(data, a.CertPEM()) {
		t.Error("ca.pem was not rewritten")
	}
}

// TestRotate checks that Rotate replaces the CA by one with another key and another name.
func TestRotate(t *testing.T) {
	a := authority(t)
	b, err := Rotate(a.Dir())
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load(a.Dir())
	if err != nil || b.Fingerprint() == a.Fingerprint() || c.Fingerprint() != b.Fingerprint() {
		t.Errorf("not rotated: %v", err)
	}
	if bytes.Equal(a.Root().RawSubject, b.Root().RawSubject) {
		t.Error("both CAs have the same name, and trust stores look them up by name")
	}
}

// TestCertificate checks that leaf certificates pass the verification of clients, and that
// malformed names get none for another host.
func TestCertificate(t *testing.T) {
	a := authority(t)
	roots := x509.NewCertPool()
	roots.AddCert(a.Root())
	for _, host := range []string{
		"example.com", "EXAMPLE.com.", "a_b.example", "xn--bcher-kva.example", "127.0.0.1", "::1",
		strings.Repeat("long.", 20) + "example",
	} {
		t.Run(host, func(t *testing.T) {
			c, err := a.Certificate(host)
			if err != nil {
				t.Fatal(err)
			}
			name := strings.TrimSuffix(host, ".")
			if ip := net.ParseIP(host); ip != nil {
				name = "[" + host + "]"
			}
			if _, err := c.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots}); err != nil {
				t.Error(err)
			}
			if life := c.Leaf.NotAfter.Sub(c.Leaf.NotBefore); life > 9*24*time.Hour {
				t.Errorf("lasts %v", life)
			}
		})
	}
	for _, host := range []string{"bücher.example", "a\x00b"} { // an SNI may have any bytes
		if c, err := a.Certificate(host); err == nil && c.Leaf.VerifyHostname("example.com") == nil {
			t.Errorf("%q got a certificate for another host", host)
		}
	}
}

// TestLeavesAreCachedAndRenewed checks that a host has one leaf certificate, which is renewed
// before it expires.
func TestLeavesAreCachedAndRenewed(t *testing.T) {
	a := authority(t)
	now := time.Now()
	a.now = func() time.Time { return now }
	leaf := func() *tls.Certificate {
		c, err := a.Certificate("example.com")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := leaf()
	now = now.Add(leafLife - renewAhead - time.Minute)
	if leaf() != first {
		t.Error("the leaf was renewed too early")
	}
	now = now.Add(2 * time.Minute)
	second := leaf()
	if second == first || !second.Leaf.NotAfter.After(first.Leaf.NotAfter) {
		t.Error("the leaf was not renewed a day before it expires")
	}
	now = now.Add(-30 * 24 * time.Hour) // the clock was set back
	if third := leaf(); third.Leaf.NotBefore.After(now) {
		t.Error("the leaf is not valid yet after the clock was set back")
	}
}

// TestCacheMintsOnce checks that concurrent calls for one host mint once.
func TestCacheMintsOnce(t *testing.T) {
	c := newCache(2)
	isFresh := func(*tls.Certificate) bool { return true }
	var wg sync.WaitGroup
	var mu sync.Mutex
	n := 0
	release := make(chan struct{})
	for range 8 {
		wg.Go(func() {
			c.get("slow", isFresh, func() (*tls.Certificate, error) {
				mu.Lock()
				n++
				mu.Unlock()
				<-release
				return new(tls.Certificate), nil
			})
		})
	}
	close(release)
	wg.Wait()
	if n != 1 {
		t.Errorf("minted %d times for concurrent calls, want 1", n)
	}
}

// BenchmarkMint measures the minting of a leaf certificate.
func BenchmarkMint(b *testing.B) {
	a, _, err := LoadOrCreate(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := a.mint("example.com", time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}
