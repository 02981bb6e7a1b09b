package truststore

import (
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/smallstep/truststore"

	"github.com/spectap/spectap/internal/test/must"
)

// The tools below keep the certificates of a database in files. A database with a file "locked"
// does not change, and one with a file "owned" changes for sudo alone. They leave folders outside
// of $FAKE alone, because the library also knows the database of the person who runs the test.
const fakeStart = `#!/bin/sh
PATH=/usr/bin:/bin; op=$1
while test $# -gt 0; do
	case $1 in -d|-keystore) db=${2#*:};; -n|-alias) name=$2;; -i|-file) file=$2;; esac; shift
done
case $db in FAKE/*) ;; *) exit 1;; esac
der() { sed /-----/d "$1" | base64 -d; }
case $op in -L|-V|-list) ;; *)
	test ! -e "$db/locked" || { echo locked; echo; exit 1; }
	test ! -e "$db/owned" -o -n "$FAKE_ROOT" || { echo java.io.FileNotFoundException; exit 1; };;
esac
`

const fakeCertutil = fakeStart + `case $op in
-A) cp "$file" "$db/$name.crt";;
-D) rm "$db/$name.crt";;
-V) test -e "$db/$name.crt";;
-L) der "$db/$name.crt";;
esac
`

const fakeKeytool = fakeStart + `case $op in
-importcert) cp "$file" "$db/$name.crt";;
-delete) rm "$db/$name.crt";;
-list) for f in "$db"/*.crt; do
	echo "$(basename "$f" .crt), Nov 20, 2026, trustedCertEntry, "
	echo "Certificate fingerprint (SHA-256): $(der "$f" | sha256sum | cut -d' ' -f1)"
done;;
esac
`

const fakeSudo = `#!/bin/sh
test "$1" != -- || shift
FAKE_ROOT=yes exec "$@"
`

// machine is a home with programs of its own, and nothing else in PATH.
type machine struct {
	t    *testing.T
	home string
}

func newMachine(t *testing.T) machine {
	m := machine{t, t.TempDir()}
	t.Setenv("HOME", m.home)
	t.Setenv("PATH", filepath.Join(m.home, "bin"))
	t.Setenv("JAVA_HOME", "")
	return m
}

// file writes a file of the home and returns its path.
func (m machine) file(name, text string) string {
	m.t.Helper()
	path := filepath.Join(m.home, name)
	must.Do(m.t, os.MkdirAll(filepath.Dir(path), 0o700))
	must.Do(m.t, os.WriteFile(path, []byte(strings.ReplaceAll(text, "FAKE/", m.home+"/")), 0o700))
	return path
}

func (m machine) remove(path string) {
	m.t.Helper()
	must.Do(m.t, os.Remove(path))
}

// noSystem lets the system have no store.
func (m machine) noSystem() {
	command := truststore.SystemTrustCommand
	m.t.Cleanup(func() { truststore.SystemTrustCommand = command })
	truststore.SystemTrustCommand = nil
}

// check fails the test unless a result has a state, a part of its error, and a hint.
func (m machine) check(r Result, state State, err, hint string) {
	m.t.Helper()
	if r.State != state || (r.Err == nil) != (err == "") || r.Hint != hint {
		m.t.Errorf("got %+v\nwant %s, error %q, hint %q", r, state, err, hint)
	} else if r.Err != nil && !strings.Contains(r.Err.Error(), err) {
		m.t.Errorf("got error %q, want %q", r.Err, err)
	}
}

// TestNSS installs a certificate in the databases of two browsers, one of which is locked.
func TestNSS(t *testing.T) {
	m, c := newMachine(t), newCertificate(t)
	m.noSystem()
	pattern := truststore.NSSProfile
	if IsInstalled(c) {
		t.Error("a machine without a store has the certificate")
	}
	m.check(Install(NSS, c), Absent, "no profile of Firefox", "")
	m.file(".mozilla/firefox/none/prefs.js", "")
	m.check(Install(NSS, c), Absent, "no profile of Firefox", "")
	first := "sql:" + filepath.Dir(m.file(".mozilla/firefox/a/cert9.db", ""))
	second := "dbm:" + filepath.Dir(m.file("snap/firefox/common/.mozilla/firefox/b/cert8.db", ""))
	m.check(Install(NSS, c), Failed, "certutil is not installed", "")
	m.file("bin/apt-get", "")
	m.check(Install(NSS, c), Failed, "certutil is not installed", "sudo apt-get install libnss3-tools")
	if !IsInstalled(c) {
		t.Error("databases that cannot be read lack the certificate for sure")
	}
	m.file("bin/certutil", fakeCertutil)
	if IsInstalled(c) {
		t.Error("a database has the certificate before it is installed")
	}

	locked := m.file("snap/firefox/common/.mozilla/firefox/b/locked", "")
	add := fmt.Sprintf("certutil -A -d %s -t C,, -n '%s' -i %s", second, nickname(c), c.File)
	for _, want := range []State{Installed, AlreadyInstalled} {
		m.check(Install(NSS, c), want, "certutil did not change "+second+" (is it locked", add)
	}
	m.remove(locked)
	if r := Install(NSS, c); r.State != Installed || r.Err != nil || r.Where != first+", "+second {
		t.Errorf("%+v", r)
	}
	m.check(Install(NSS, c), AlreadyInstalled, "", "")
	if !IsInstalled(c) {
		t.Error("no store has the installed certificate")
	}

	locked = m.file(".mozilla/firefox/a/locked", "")
	m.check(Uninstall(NSS, c), Failed, "exit status 1: locked; certutil did not change "+first+" (is it locked", fmt.Sprintf("certutil -D -d %s -n '%s'", first, nickname(c)))
	m.remove(locked)
	m.check(Uninstall(NSS, c), Removed, "", "")
	m.check(Uninstall(NSS, c), NotInstalled, "", "")
	if truststore.NSSProfile != pattern {
		t.Errorf("the library is left with the profiles %s", truststore.NSSProfile)
	}
}

// TestSystem installs a certificate in the store of a distribution: a folder of anchors, and a tool
// that writes a bundle of them.
func TestSystem(t *testing.T) {
	m, c := newMachine(t), newCertificate(t)
	m.file("bin/sudo", fakeSudo)
	t.Setenv("PATH", os.Getenv("PATH")+":/usr/bin:/bin")
	file, command, read, links := truststore.SystemTrustFilename, truststore.SystemTrustCommand, bundles, linkFolder
	t.Cleanup(func() {
		truststore.SystemTrustFilename, truststore.SystemTrustCommand, bundles, linkFolder = file, command, read, links
	})

	truststore.SystemTrustFilename, truststore.SystemTrustCommand = "", nil
	if r := Install(System, c); r.State != Absent || r.Err == nil || !strings.Contains(r.Err.Error(), "no known folder") {
		t.Errorf("%+v", r)
	}
	truststore.SystemTrustFilename, truststore.SystemTrustCommand = filepath.Join(m.home, "anchors/%s.crt"), []string{"write-bundle", "all"}
	bundles = []string{filepath.Join(m.home, "bundle.pem"), filepath.Join(m.home, "none.pem")}
	m.file("anchors/other.crt", "")
	m.file("bundle.pem", "")
	if r := Install(System, c); r.State != Failed || r.Err == nil || !strings.Contains(r.Err.Error(), "write-bundle is not installed") {
		t.Errorf("%+v", r)
	}
	tool := m.file("bin/write-bundle", "#!/bin/sh\ntest \"$1$FAKE_ROOT\" = allyes && cat FAKE/anchors/* > FAKE/bundle.pem\n")
	for _, want := range []State{Installed, AlreadyInstalled} {
		if r := Install(System, c); r.State != want || r.Err != nil || r.Where != filepath.Join(m.home, "anchors") {
			t.Errorf("%+v", r)
		}
	}
	anchor := fmt.Sprintf(truststore.SystemTrustFilename, strings.ReplaceAll(nickname(c), " ", "_"))
	linkFolder = filepath.Dir(m.file("links/file.pem", ""))
	name := strings.TrimSuffix(filepath.Base(anchor), ".crt") + ".pem"
	for link, to := range map[string]string{name: anchor, "0a1b2c3d.0": name, "dead.pem": "/no/such/file", "other.pem": "file.pem"} {
		must.Do(t, os.Symlink(to, filepath.Join(linkFolder, link)))
	}
	for _, want := range []State{Removed, NotInstalled} {
		m.check(Uninstall(System, c), want, "", "")
	}
	var left []string
	entries, err := os.ReadDir(linkFolder)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if got := strings.Join(left, " "); err != nil || got != "dead.pem file.pem other.pem" {
		t.Errorf("links left: %s, %v", got, err)
	}
	m.remove(tool)
	m.file("bin/write-bundle", "#!/bin/sh\necho broken\nexit 3\n")
	m.check(Install(System, c), Failed, "exit status 3: broken", "sudo cp "+c.File+" "+anchor+" && sudo write-bundle all")
	if _, err := os.Stat(anchor); !os.IsNotExist(err) {
		t.Errorf("a failed installation leaves its anchor: %v", err)
	}
	m.file("bundle.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})))
	m.check(Uninstall(System, c), Failed, "exit status 3: broken", "sudo rm "+anchor+" && sudo write-bundle all")
}

// TestSystemTools checks that the tools of administrators are found though people's PATH does not
// name their folders.
func TestSystemTools(t *testing.T) {
	m := newMachine(t)
	tools, err := os.ReadDir("/usr/sbin")
	if err != nil || len(tools) == 0 {
		t.Skip("no tools in /usr/sbin")
	}
	found := 0
	for _, tool := range tools {
		if info, err := os.Stat(filepath.Join("/usr/sbin", tool.Name())); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			found++
			if !hasTool(tool.Name()) {
				t.Errorf("%s is not found", tool.Name())
			}
		}
	}
	m.file("bin/write-bundle", "")
	if found == 0 || !hasTool("write-bundle") || hasTool("no-such-tool") {
		t.Errorf("%d tools in /usr/sbin; in PATH %t; missing %t", found, hasTool("write-bundle"), hasTool("no-such-tool"))
	}
}

// TestJava installs a certificate in the keystore of the Java in PATH, and removes it with a copy
// that the system made under another name.
func TestJava(t *testing.T) {
	m, c := newMachine(t), newCertificate(t)
	m.check(Install(Java, c), Absent, "no Java in JAVA_HOME or PATH", "")
	keytool := m.file("bin/keytool", fakeKeytool)
	m.check(Install(Java, c), Absent, "no Java in JAVA_HOME or PATH", "")
	keystore := filepath.Join(m.home, "lib/security/cacerts")
	m.file("lib/security/cacerts/other.crt", "")
	command := func(rest string) string {
		return fmt.Sprintf("sudo %s -keystore %s -storepass changeit -alias %s", keytool, keystore, rest)
	}
	m.check(Install(Java, c), Installed, "", "")
	m.check(Install(Java, c), AlreadyInstalled, "", "")
	if home := os.Getenv("JAVA_HOME"); home != "" {
		t.Errorf("JAVA_HOME=%s is left", home)
	}
	if r := Install(Java, newCertificate(t)); r.State != Installed || r.Where != keystore {
		t.Errorf("%+v", r)
	}

	m.file("lib/security/cacerts/debian:ours.pem.crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})))
	owned := m.file("lib/security/cacerts/owned", "")
	r := Uninstall(Java, c)
	m.check(r, Failed, "sudo", command("debian:ours.pem -delete"))
	m.file("bin/sudo", fakeSudo)
	m.check(Uninstall(Java, c), Removed, "", "")
	m.check(Uninstall(Java, c), NotInstalled, "", "")
	m.remove(owned)

	locked := m.file("lib/security/cacerts/locked", "")
	m.check(Install(Java, c), Failed, ": locked", command("'"+nickname(c)+"' -importcert -noprompt -file "+c.File))
	m.remove(locked)
	m.check(Install(Java, c), Installed, "", "")
	m.file("lib/security/cacerts/locked", "")
	m.check(Uninstall(Java, c), Failed, ": locked", command("'"+nickname(c)+"' -delete"))
}
