package certs

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// FuzzLoad loads any file as the key of a CA. It is refused for one of the reasons of Load, or
// clients that trust its certificate accept what it signs.
func FuzzLoad(f *testing.F) {
	key, cert, err := newCA(time.Now())
	must.Do(f, err)
	data := must.Get(encode(key, cert))
	f.Add(data, []byte{})
	f.Add(data, cert.Raw)
	f.Add(append(data, data...), cert.RawTBSCertificate)
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"), cert.Raw[:len(cert.Raw)/2])
	f.Fuzz(func(t *testing.T, file, der []byte) {
		if len(der) > 0 { // the key stays, so that only the certificate decides
			pkcs8 := must.Get(x509.MarshalPKCS8PrivateKey(key))
			file = append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}),
				pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
		}
		dir := t.TempDir()
		must.Do(t, os.WriteFile(filepath.Join(dir, KeyFile), file, 0o600))
		a, err := Load(dir)
		if err != nil {
			if !errors.Is(err, ErrNotCA) && !errors.Is(err, ErrExpired) && !errors.Is(err, ErrNotValidYet) {
				t.Fatalf("refused for another reason: %v", err)
			}
			return
		}
		if c := a.Root(); len(c.PermittedDNSDomains)+len(c.ExcludedDNSDomains)+len(c.PermittedIPRanges)+len(c.PermittedURIDomains) > 0 {
			return // for some names only
		}
		leaf := must.Get(a.Certificate("api.example"))
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(a.CertPEM()) {
			t.Fatal("ca.pem has no certificate")
		}
		if _, err := leaf.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "api.example"}); err != nil {
			t.Errorf("a client that trusts the CA refuses its leaf: %v", err)
		}
		if written, err := os.ReadFile(a.CertPath()); err != nil || !bytes.Equal(written, a.CertPEM()) {
			t.Errorf("ca.pem is another certificate (%v)", err)
		}
	})
}
