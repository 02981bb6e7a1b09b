package truststore

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/smallstep/truststore"

	"github.com/spectap/spectap/internal/filelimit"
)

// TestTemporaryFiles checks that the file with which tools are given a certificate is removed.
func TestTemporaryFiles(t *testing.T) {
	m, c := newMachine(t), newCertificate(t)
	m.file("bin/keytool", fakeKeytool)
	m.file("lib/security/cacerts/other.crt", "")
	m.file("bin/certutil", fakeCertutil)
	m.file(".mozilla/firefox/a/cert9.db", "")
	t.Setenv("TMPDIR", t.TempDir())
	for _, k := range []Kind{Java, NSS} {
		m.check(Install(k, c), Installed, "", "")
		if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
			t.Errorf("%s leaves %v, %v", k, left, err)
		}
	}
}

// TestToolsThatVanish checks that the reason is said when a tool is gone by the time it is used.
func TestToolsThatVanish(t *testing.T) {
	m, c := newMachine(t), newCertificate(t)
	m.file(".mozilla/firefox/a/cert9.db", "")
	for kind, s := range map[Kind]store{NSS: nss{home: m.home, certutil: filepath.Join(m.home, "bin/certutil")}, Java: java{home: m.home}} {
		if err := s.add(c); !errors.Is(err, exec.ErrNotFound) && !errors.Is(err, truststore.ErrTrustNotFound) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// TestLiveLink checks that a link that leads to a file stays, also where it would be one to the
// anchor that was removed.
func TestLiveLink(t *testing.T) {
	m, c := newMachine(t), newCertificate(t)
	file, folder := truststore.SystemTrustFilename, linkFolder
	t.Cleanup(func() { truststore.SystemTrustFilename, linkFolder = file, folder })
	truststore.SystemTrustFilename = filepath.Join(m.home, "anchors/%s.crt")
	name := strings.TrimSuffix(filepath.Base(system{}.anchor(c)), ".crt") + ".pem"
	linkFolder = filepath.Dir(m.file("links/"+name, "written by a person"))
	if err := os.Symlink(name, filepath.Join(linkFolder, "0a1b2c3d.0")); err != nil {
		t.Fatal(err)
	}
	if dead := (system{}).deadLinks(c); len(dead) > 0 {
		t.Errorf("links that lead to a file are dead: %v", dead)
	}
}

// TestUntested checks that only the store of Debian counts as tested.
func TestUntested(t *testing.T) {
	file := truststore.SystemTrustFilename
	t.Cleanup(func() { truststore.SystemTrustFilename = file })
	for folder, tested := range map[string]bool{debianAnchors: true, "/etc/pki/ca-trust/source/anchors/": false} {
		truststore.SystemTrustFilename = folder + "%s.crt"
		if warning := Untested(); (warning == "") != tested {
			t.Errorf("%s: %q", folder, warning)
		}
	}
}

// TestRecordIsReadable checks that the record can be read by all whatever the umask: root may write
// it for the owner of the folder.
func TestRecordIsReadable(t *testing.T) {
	dir := t.TempDir()
	umask := syscall.Umask(0o077)
	err := Record(dir, newCertificate(t).Certificate)
	syscall.Umask(umask)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, RecordFile)); err != nil || info.Mode() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestTemporaryFileIsWhole checks that a certificate of which a part was written is an error, and
// leaves no file, and that the record stays as it is with one that has no room.
func TestTemporaryFileIsWhole(t *testing.T) {
	if !filelimit.Alone(t) {
		return
	}
	c := newCertificate(t)
	t.Setenv("TMPDIR", t.TempDir())
	dir := t.TempDir()
	if err := Record(dir, newCertificate(t).Certificate); err != nil {
		t.Fatal(err)
	}
	reset := filelimit.Set(t, 8)
	name, err := tempPEM(c)
	rerr := Record(dir, c.Certificate)
	reset()
	if name != "" || !errors.Is(err, syscall.EFBIG) {
		t.Errorf("%q, %v", name, err)
	}
	if recorded, err := Recorded(dir); !errors.Is(rerr, syscall.EFBIG) || err != nil || len(recorded) != 1 {
		t.Errorf("%v; then %d certificates, %v", rerr, len(recorded), err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
