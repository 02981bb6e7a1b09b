package truststore

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/smallstep/truststore"
)

// nss are the databases of Firefox and, on Linux, of Chromium.
//
// The library knows one pattern of profiles in addition to ~/.pki/nssdb, ignores the errors of
// single databases, compares names only, and does not remove certificates that certutil finds
// invalid, such as expired ones. So this type calls it for each pattern in turn and reads the
// databases itself.
type nss struct {
	home     string
	certutil string // "" when it is not installed
}

func newNSS() store {
	home, _ := os.UserHomeDir()
	n := nss{home: home}
	n.certutil, _ = exec.LookPath("certutil")
	if n.certutil == "" && runtime.GOOS == "darwin" {
		for _, path := range []string{"/opt/homebrew/opt/nss/bin/certutil", "/usr/local/opt/nss/bin/certutil"} {
			if _, err := os.Stat(path); err == nil { // Homebrew does not link it into PATH
				n.certutil = path
			}
		}
	}
	return n
}

// patterns returns where profiles are: as packaged by Mozilla and the distributions, by snap and by
// flatpak.
func (n nss) patterns() []string {
	if runtime.GOOS == "darwin" {
		return []string{filepath.Join(n.home, "Library/Application Support/Firefox/Profiles/*")}
	}
	var ps []string
	for _, p := range []string{
		".mozilla/firefox/*",
		".config/mozilla/firefox/*",
		"snap/firefox/common/.mozilla/firefox/*",
		".var/app/org.mozilla.firefox/.mozilla/firefox/*",
		"snap/chromium/current/.pki/nssdb",
	} {
		ps = append(ps, filepath.Join(n.home, p))
	}
	return ps
}

// databases returns the databases under a pattern, as certutil names them.
func databases(pattern string) []string {
	dirs, _ := filepath.Glob(pattern)
	var dbs []string
	for _, d := range dirs {
		if _, err := os.Stat(filepath.Join(d, "cert9.db")); err == nil {
			dbs = append(dbs, "sql:"+d)
		} else if _, err := os.Stat(filepath.Join(d, "cert8.db")); err == nil {
			dbs = append(dbs, "dbm:"+d)
		}
	}
	return dbs
}

// all returns all databases.
func (n nss) all() []string {
	dbs := databases(filepath.Join(n.home, ".pki/nssdb"))
	for _, p := range n.patterns() {
		dbs = append(dbs, databases(p)...)
	}
	return dbs
}

func (n nss) find() (string, *obstacle) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		return "", &obstacle{err: errors.New("NSS is handled on Linux and macOS only; Firefox takes the system's certificates")}
	}
	dbs := n.all()
	if n.home == "" || len(dbs) == 0 {
		return "", &obstacle{err: errors.New("no profile of Firefox and no ~/.pki/nssdb")}
	}
	where := strings.Join(dbs, ", ")
	if n.certutil == "" {
		return where, &obstacle{err: errors.New("certutil is not installed"), exists: true,
			hint: packageCommand("libnss3-tools", "nss-tools", "nss", "mozilla-nss-tools", "nss")}
	}
	return where, nil
}

func (n nss) has(db string, c Certificate) bool {
	der, err := exec.Command(n.certutil, "-L", "-d", db, "-n", nickname(c), "-r").Output()
	return err == nil && bytes.Equal(der, c.Raw)
}

func (n nss) installed(c Certificate) (some, all bool) {
	all = true
	for _, db := range n.all() {
		has := n.has(db, c)
		some, all = some || has, all && has
	}
	return some, all
}

// each calls f for each pattern, with the library set to it.
func (n nss) each(f func(*truststore.NSSTrust) error) error {
	trust, err := truststore.NewNSSTrust()
	if err != nil {
		return err
	}
	saved := truststore.NSSProfile
	defer func() { truststore.NSSProfile = saved }()
	var errs []error
	for _, p := range n.patterns() {
		truststore.NSSProfile = p
		if trust.PreCheck() == nil { // it finds a database, if only ~/.pki/nssdb
			errs = append(errs, f(trust))
		}
	}
	return errors.Join(errs...)
}

func (nss) hasIndependentParts() bool { return true }

func (n nss) add(c Certificate) error {
	file, err := tempPEM(c)
	if err != nil {
		return err
	}
	defer os.Remove(file)
	err = n.each(func(t *truststore.NSSTrust) error {
		t.Install(file, c.Certificate) // its error names no database
		return nil
	})
	return errors.Join(err, n.unchanged(c, false))
}

func (n nss) remove(c Certificate) error {
	err := n.each(func(t *truststore.NSSTrust) error { return t.Uninstall("", c.Certificate) })
	return errors.Join(err, n.unchanged(c, true))
}

// unchanged returns an error that names the databases that still have c, or that still lack it.
func (n nss) unchanged(c Certificate, has bool) error {
	var dbs []string
	for _, db := range n.all() {
		if n.has(db, c) == has {
			dbs = append(dbs, db)
		}
	}
	if len(dbs) == 0 {
		return nil
	}
	return fmt.Errorf("certutil did not change %s (is it locked by a password or open in a browser?)", strings.Join(dbs, ", "))
}

func (n nss) manualCommand(c Certificate, remove bool) string {
	for _, db := range n.all() {
		switch has := n.has(db, c); {
		case remove && has:
			return fmt.Sprintf("certutil -D -d %s -n %s", quote(db), quote(nickname(c)))
		case !remove && !has:
			return fmt.Sprintf("certutil -A -d %s -t C,, -n %s -i %s", quote(db), quote(nickname(c)), quote(c.File))
		}
	}
	return ""
}
