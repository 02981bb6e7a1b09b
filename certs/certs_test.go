package certs

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/internal/test/must"
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
		fi := must.Get(os.Stat(filepath.Join(a.Dir(), name)))
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

// TestCreateConcurrently checks that concurrent calls create one CA, and that one of them says so.
func TestCreateConcurrently(t *testing.T) {
	dir := t.TempDir()
	prints := make([]string, 16)
	var wg sync.WaitGroup
	var news atomic.Int32
	for i := range prints {
		wg.Go(func() {
			a, created, err := LoadOrCreate(dir)
			if created {
				news.Add(1)
			}
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
	if n := news.Load(); n != 1 {
		t.Errorf("%d calls say that the CA is new", n)
	}
}

// TestLoadRefuses checks the errors for a missing, damaged, expired or exposed CA.
func TestLoadRefuses(t *testing.T) {
	// unlike returns a damage that replaces the CA's certificate by one that differs from it.
	unlike := func(change func(*x509.Certificate)) func(*Authority) error {
		return func(a *Authority) error {
			c := *a.cert
			change(&c)
			der, err := x509.CreateCertificate(rand.Reader, &c, &c, a.key.Public(), a.key)
			if err != nil {
				return err
			}
			data, err := encode(a.key, &x509.Certificate{Raw: der})
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(a.Dir(), KeyFile), data, 0o600)
		}
	}
	servers := authority(t)
	err := unlike(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })(servers)
	if _, loadErr := Load(servers.Dir()); err != nil || loadErr != nil {
		t.Errorf("a CA for servers: %v, %v", err, loadErr)
	}
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
		{"key that cannot be read", func(a *Authority) error {
			return os.WriteFile(key(a), append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY"}), a.CertPEM()...), 0o600)
		}, ErrNotCA},
		{"certificate that cannot be read", func(a *Authority) error {
			data, err := encode(a.key, &x509.Certificate{Raw: []byte("x")})
			if err != nil {
				return err
			}
			return os.WriteFile(key(a), data, 0o600)
		}, ErrNotCA},
		{"key without certificate", func(a *Authority) error {
			data, err := encode(a.key, a.cert)
			if err != nil {
				return err
			}
			return os.WriteFile(key(a), data[:bytes.Index(data, []byte("-----BEGIN CERT"))], 0o600)
		}, ErrNotCA},
		{"key of another CA", func(a *Authority) error {
			other, err := encode(authority(t).key, a.cert)
			if err != nil {
				return err
			}
			return os.WriteFile(key(a), other, 0o600)
		}, ErrNotCA},
		{"unknown critical extension", unlike(func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
		}), ErrNotCA},
		{"may sign lists only", unlike(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }), ErrNotCA},
		{"CA for clients", unlike(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), ErrNotCA},
		{"valid tomorrow", unlike(func(c *x509.Certificate) { c.NotBefore = time.Now().Add(24 * time.Hour) }), ErrNotValidYet},
		{"leaf with its key", func(a *Authority) error {
			leaf := &x509.Certificate{SerialNumber: newSerial(), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"a.example"}}
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
			must.Do(t, tt.damage(a))
			before, _ := os.ReadFile(key(a))
			if _, _, err := LoadOrCreate(a.Dir()); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			} else if strings.HasSuffix(tt.name, "cannot be read") && strings.HasSuffix(err.Error(), ErrNotCA.Error()) {
				t.Errorf("%v does not say why", err)
			}
			if tt.want == ErrFolderExposed {
				if _, err := Rotate(a.Dir()); !errors.Is(err, tt.want) {
					t.Errorf("rotate: got %v, want %v", err, tt.want)
				}
			}
			if after, _ := os.ReadFile(key(a)); !bytes.Equal(before, after) {
				t.Error("the key was changed")
			}
		})
	}
}

// TestCertificateFileRestored checks that Load rewrites a ca.pem that does not match the CA, and
// leaves one alone that does.
func TestCertificateFileRestored(t *testing.T) {
	a := authority(t)
	must.Do(t, os.WriteFile(a.CertPath(), []byte("x"), 0o644))
	must.Get(Load(a.Dir()))
	if data, _ := os.ReadFile(a.CertPath()); !bytes.Equal(data, a.CertPEM()) {
		t.Error("ca.pem was not rewritten")
	}
	before := must.Get(os.Stat(a.CertPath()))
	must.Get(Load(a.Dir()))
	if after, err := os.Stat(a.CertPath()); err != nil || !os.SameFile(before, after) {
		t.Errorf("the ca.pem of the CA was replaced: %v", err)
	}
}

// TestRotate checks that Rotate replaces the CA by one with another key and another name.
func TestRotate(t *testing.T) {
	a := authority(t)
	b := must.Get(Rotate(a.Dir()))
	c, err := Load(a.Dir())
	if err != nil || b.Fingerprint() == a.Fingerprint() || c.Fingerprint() != b.Fingerprint() {
		t.Errorf("not rotated: %v", err)
	}
	if d, err := Rotate(filepath.Join(a.Dir(), "new")); err != nil {
		t.Errorf("rotate a CA that does not exist: %v", err)
	} else if fi, err := os.Stat(d.Dir()); err != nil || runtime.GOOS != "windows" && fi.Mode().Perm() != 0o700 {
		t.Errorf("the new folder: %v, %v", fi.Mode(), err)
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
			c := must.Get(a.Certificate(host))
			name := strings.TrimSuffix(host, ".")
			if ip := net.ParseIP(host); ip != nil {
				name = "[" + host + "]"
			}
			must.Get(c.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots}))
			if life := c.Leaf.NotAfter.Sub(c.Leaf.NotBefore); life > 9*24*time.Hour {
				t.Errorf("lasts %v", life)
			}
		})
	}
	for _, tt := range []struct{ name, host, common string }{
		{"upper case", "EXAMPLE.com.", "example.com"},
		{"address", "127.0.0.1", "127.0.0.1"},
		{"64 bytes", strings.Repeat("a", 56) + ".example", strings.Repeat("a", 56) + ".example"},
		{"65 bytes", strings.Repeat("a", 57) + ".example", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := must.Get(a.Certificate(tt.host))
			if got := c.Leaf.Subject.CommonName; got != tt.common {
				t.Errorf("common name %q, want %q", got, tt.common)
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
		return must.Get(a.Certificate("example.com"))
	}
	first := leaf()
	const day = 24 * time.Hour
	if begin, end := first.Leaf.NotBefore.Sub(now).Round(time.Hour), first.Leaf.NotAfter.Sub(now).Round(time.Hour); begin != -day || end != 7*day {
		t.Errorf("valid from %v to %v", begin, end)
	}
	now = now.Add(6*day - time.Minute)
	if leaf() != first {
		t.Error("the leaf was renewed too early")
	}
	now = now.Add(2 * time.Minute)
	second := leaf()
	if second == first || !second.Leaf.NotAfter.After(first.Leaf.NotAfter) {
		t.Error("the leaf was not renewed a day before it expires")
	}
	now = now.Add(-30 * day) // the clock was set back
	if third := leaf(); third.Leaf.NotBefore.After(now) {
		t.Error("the leaf is not valid yet after the clock was set back")
	}
	if n := a.leaves.order.Len(); n != 1 {
		t.Errorf("%d leaves of one host are cached", n)
	}
}

// TestCacheMintsOnce checks that concurrent calls for one host mint once.
func TestCacheMintsOnce(t *testing.T) {
	failure := errors.New("no")
	for _, tt := range []struct {
		name string
		cert *tls.Certificate
		err  error
	}{{"a leaf", new(tls.Certificate), nil}, {"a failure", nil, failure}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCache(2)
				isFresh := func(*tls.Certificate) bool { return true }
				release := make(chan struct{})
				var minted, returned atomic.Int32
				for range 8 {
					go func() {
						cert, err := c.get("slow", isFresh, func() (*tls.Certificate, error) {
							minted.Add(1)
							<-release
							return tt.cert, tt.err
						})
						if cert != tt.cert || err != tt.err {
							t.Errorf("got %v, %v", cert, err)
						}
						returned.Add(1)
					}()
				}
				synctest.Wait()
				if n := returned.Load(); n != 0 {
					t.Errorf("%d calls returned before there was a leaf", n)
				}
				close(release)
				synctest.Wait()
				if m, n := minted.Load(), returned.Load(); m != 1 || n != 8 {
					t.Errorf("minted %d times, %d calls returned, want 1 and 8", m, n)
				}
			})
		})
	}
}
