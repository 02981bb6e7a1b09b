package truststore

import (
	"bytes"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

// twoParts is a trust store of two parts. The first writable parts accept a certificate, the others
// fail.
type twoParts struct {
	has         [2]bool
	writable    int
	independent bool
}

var errFull = errors.New("full")

func (*twoParts) find() (string, *obstacle) { return "memory", nil }

func (p *twoParts) installed(Certificate) (some, all bool) {
	return p.has[0] || p.has[1], p.has[0] && p.has[1]
}

func (p *twoParts) add(Certificate) error {
	for i := range p.has {
		if i >= p.writable {
			return errFull
		}
		p.has[i] = true
	}
	return nil
}

func (p *twoParts) remove(Certificate) error {
	p.has = [2]bool{}
	return nil
}

func (p *twoParts) hasIndependentParts() bool { return p.independent }

func (*twoParts) manualCommand(Certificate, bool) string { return "type this" }

// TestInstall checks the result and the parts of a store after installing, failing and installing
// in part.
func TestInstall(t *testing.T) {
	for _, c := range []struct {
		name     string
		has      [2]bool
		writable int
		state    State
		after    [2]bool
	}{
		{"new", [2]bool{}, 2, Installed, [2]bool{true, true}},
		{"installed", [2]bool{true, true}, 0, AlreadyInstalled, [2]bool{true, true}},
		{"installed in part", [2]bool{true, false}, 2, Installed, [2]bool{true, true}},
		{"fails", [2]bool{}, 0, Failed, [2]bool{}},
		{"fails in part and is rolled back", [2]bool{}, 1, Failed, [2]bool{}},
		{"fails if installed in part", [2]bool{true, false}, 1, Failed, [2]bool{true, false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &twoParts{has: c.has, writable: c.writable}
			r := install(System, p, Certificate{})
			if r.State != c.state || p.has != c.after {
				t.Errorf("%+v, has %v", r, p.has)
			}
			if c.state == Failed && (!errors.Is(r.Err, errFull) || r.Hint != "type this") {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestInstallIndependentParts checks that independent parts which have the certificate keep it, and
// that the result has the error of the others.
func TestInstallIndependentParts(t *testing.T) {
	p := &twoParts{writable: 1, independent: true}
	for _, want := range []State{Installed, AlreadyInstalled} {
		r := install(NSS, p, Certificate{})
		if r.State != want || !errors.Is(r.Err, errFull) || r.Hint == "" || p.has != [2]bool{true, false} {
			t.Errorf("%+v, has %v", r, p.has)
		}
	}
}

// TestUninstall checks the results of removing a certificate that is installed in part, not
// installed, or in an unknown store.
func TestUninstall(t *testing.T) {
	if r := uninstall(System, &twoParts{has: [2]bool{true, false}}, Certificate{}); r.State != Removed {
		t.Errorf("%+v", r)
	}
	if r := uninstall(System, &twoParts{}, Certificate{}); r.State != NotInstalled {
		t.Errorf("%+v", r)
	}
	if r := Uninstall("floppy", Certificate{}); r.State != Failed {
		t.Errorf("%+v", r)
	}
}

// stubborn is a store that keeps what it is told to remove.
type stubborn struct{ *twoParts }

func (stubborn) remove(Certificate) error { return nil }

// TestStubbornStore checks that a certificate which stays is not reported as removed, even if no tool
// fails, nor one as installed that no part of the store has.
func TestStubbornStore(t *testing.T) {
	r := uninstall(System, stubborn{&twoParts{has: [2]bool{true, true}}}, Certificate{})
	if r.State != Failed || r.Err == nil || r.Err.Error() != "the store still has it" || r.Hint != "type this" {
		t.Errorf("%+v", r)
	}
	r = install(System, stubborn{&twoParts{writable: 1}}, Certificate{})
	if r.State != Failed || !errors.Is(r.Err, errFull) || !strings.Contains(r.Err.Error(), "stays in a part of the store: the store still has it") {
		t.Errorf("%+v", r)
	}
}

// TestRecordCannotBeWritten checks that the error says which record could not be changed.
func TestRecordCannotBeWritten(t *testing.T) {
	c := newCertificate(t)
	dir := filepath.Join(t.TempDir(), "gone")
	if err := Record(dir, c.Certificate); err == nil || !strings.HasPrefix(err.Error(), "write record of trusted certificates: ") {
		t.Errorf("%v", err)
	}
}

// TestRecord checks that certificates are recorded once, forgotten, and that a damaged record is an
// error.
func TestRecord(t *testing.T) {
	dir := t.TempDir()
	a, b := newCertificate(t), newCertificate(t)
	for _, c := range []Certificate{a, b, a} {
		if err := Record(dir, c.Certificate); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := Recorded(dir); err != nil || len(got) != 2 || !got[0].Equal(a.Certificate) ||
		!got[1].Equal(b.Certificate) {
		t.Errorf("%v, %v", got, err)
	}
	for _, c := range []Certificate{a, b, b} {
		if err := Forget(dir, c.Certificate); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("files left: %v, %v", left, err)
	}
	damaged := []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
	if err := os.WriteFile(filepath.Join(dir, RecordFile), damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Recorded(dir); err == nil {
		t.Error("damaged record: no error")
	}
	if Record(dir, a.Certificate) == nil || Forget(dir, a.Certificate) == nil {
		t.Error("change of a damaged record: no error")
	}
	if data, err := os.ReadFile(filepath.Join(dir, RecordFile)); err != nil || !bytes.Equal(data, damaged) {
		t.Errorf("the damaged record was changed: %q, %v", data, err)
	}
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

// TestQuote checks the quoting of shell arguments.
func TestQuote(t *testing.T) {
	for in, want := range map[string]string{"/a/b.pem": "/a/b.pem", "": "''", "a b": "'a b'", "it's": `'it'\''s'`,
		"$(x)": "'$(x)'"} {
		t.Run(in, func(t *testing.T) {
			if got := quote(in); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// FuzzAliases checks that any output of keytool is parsed without a panic.
func FuzzAliases(f *testing.F) {
	f.Add("a, b\nx: 00\n", []byte("der"))
	f.Fuzz(func(t *testing.T, list string, der []byte) { aliasesOf(list, der) })
}

// TestTempPEM checks the content of the temporary certificate file.
func TestTempPEM(t *testing.T) {
	c := newCertificate(t)
	name, err := tempPEM(c)
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(name)
	data, err := os.ReadFile(name)
	if block, _ := pem.Decode(data); err != nil || block == nil || !bytes.Equal(block.Bytes, c.Raw) {
		t.Errorf("%s, %v", data, err)
	}
}
