package truststore

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/certs"
)

// newCertificate returns the certificate of a new CA.
func newCertificate(t *testing.T) Certificate {
	t.Helper()
	ca, _, err := certs.LoadOrCreate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return Certificate{ca.Root(), ca.CertPath()}
}

// TestAliases checks that aliases are found in the output of keytool in several languages.
func TestAliases(t *testing.T) {
	der := []byte("certificate")
	sum := strings.ToUpper(fmt.Sprintf("% x", sha256.Sum256(der)))
	print := strings.ReplaceAll(sum, " ", ":")
	other := strings.Replace(print, print[:2], "00", 1)
	list := "Keystore-Typ: PKCS12\n\nKeystore enthält 3 Einträge\n\n" +
		"debian:ours.pem, 20.11.2026, trustedCertEntry, \nZertifikat-Fingerprint (SHA-256): " + print + "\n" +
		"theirs, 20.11.2026, trustedCertEntry, \nZertifikat-Fingerprint (SHA-256): " + other + "\n" +
		"ours 1, Nov 20, 2026, trustedCertEntry, \nCertificate fingerprint (SHA-256): " + print + "\n"
	if got := aliasesOf(list, der); len(got) != 2 || got[0] != "debian:ours.pem" || got[1] != "ours 1" {
		t.Errorf("%q", got)
	}
}

// FuzzAliases checks that any output of keytool is parsed without a panic.
func FuzzAliases(f *testing.F) {
	f.Add("a, b\nx: 00\n", []byte("der"))
	f.Fuzz(func(t *testing.T, list string, der []byte) { aliasesOf(list, der) })
}
