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

// nss is the databases of Firefox and, on Linux, of Chromium.
//
// The library knows one pattern of profiles beside ~/.pki/nssdb, swallows the errors of single databases, looks
// for names only, and leaves what certutil finds invalid (such as expired) in place. So it is called for each
// pattern in turn, and the databases are read here, one by one.
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
			if _, err := os.Stat(path); err == nil { // Homebrew keeps it out of PATH
				n.certutil = path
			}
		}
	}
	return n
}

// patterns are where profiles are kept, as packaged by Mozilla and the distributions, by snap and by flatpak.
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

// databases lists what is there under a pattern, as certutil names it.
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

func (n nss) all() []string {
	dbs := databases(filepath.Join(n.home, ".pki/nssdb"))
	for _, p := range n.patterns() {
		dbs = append(dbs, databases(p)...)
	}
	return dbs
}

func (n nss) find() (string, *absence) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		return "", &absence{why: errors.New("NSS is handled on Linux and macOS only; Firefox takes the system's certificates")}
	}
	dbs := n.all()
	if n.home == "" || len(dbs) == 0 {
		return "", &absence{why: errors.New("no profile of Firefox and no ~/.pki/nssdb")}
	}
	where := strings.Join(dbs, ", ")
	if n.certutil == "" {
		return where, &absence{why: errors.New("certutil is not installed"), failed: true,
			try: packageCommand("libnss3-tools", "nss-tools", "nss", "mozilla-nss-tools", "nss")}
	}
	return where, nil
}

func (n nss) has(db string, c Certificate) bool {
	der, err := exec.Command(n.certutil, "-L", "-d", db, "-n", nickname(c), "-r").Output()
	return err == nil && bytes.Equal(der, c.Raw)
}

func (n nss) state(c Certificate) (some, all bool) {
	all = true
	for _, db := range n.all() {
		has := n.has(db, c)
		some, all = some || has, all && has
	}
	return some, all
}

// each calls f with the library set to one pattern after the other.
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
		if trust.PreCheck() == nil { // some database, if only ~/.pki/nssdb
			errs = append(errs, f(trust))
		}
	}
	return errors.Join(errs...)
}

func (nss) loose() bool { return true }

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
	return errors.Join(err, n.left(c, false))
}

func (n nss) remove(c Certificate) error {
	err := n.each(func(t *truststore.NSSTrust) error { return t.Uninstall("", c.Certificate) })
	return errors.Join(err, n.left(c, true))
}

// left is an error that names the databases that are not as they should be.
func (n nss) left(c Certificate, has bool) error {
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

func (n nss) byHand(c Certificate, remove bool) string {
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
