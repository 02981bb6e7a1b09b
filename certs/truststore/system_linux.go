package truststore

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/smallstep/truststore"
)

// Untested returns a warning if [Install] has not been tested with the system's store of this
// platform, and else "".
func Untested() string {
	if truststore.SystemTrustFilename == debianAnchors+"%s.crt" {
		return ""
	}
	return "untested on this Linux distribution (run on Debian only)"
}

const debianAnchors = "/usr/local/share/ca-certificates/"

// bundles are the files that TLS libraries read and the tools of the distributions write, one of
// each family.
var bundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Arch
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, RHEL
	"/var/lib/ca-certificates/ca-bundle.pem",            // SUSE
	"/etc/ca-certificates/extracted/tls-ca-bundle.pem",  // Arch
}

// linkFolder is where Debian links to each anchor.
var linkFolder = "/etc/ssl/certs"

// system is the store of a Linux distribution: a folder of anchors, and a tool that writes bundles
// of them.
type system struct{ bundles []string }

func newSystem() store { return system{bundles} }

func (s system) find() (string, *obstacle) {
	if truststore.SystemTrustCommand == nil {
		return "", &obstacle{
			err:  errors.New("no known folder of certificates"),
			hint: packageCommand("ca-certificates", "ca-certificates", "ca-certificates", "ca-certificates", ""),
		}
	}
	where := filepath.Dir(truststore.SystemTrustFilename)
	tool := truststore.SystemTrustCommand[0]
	if !hasTool(tool) { // the library would leave an anchor that nothing reads
		return where, &obstacle{err: fmt.Errorf("%s is not installed", tool), exists: true,
			hint: packageCommand("ca-certificates", "ca-certificates", "p11-kit", "ca-certificates", "")}
	}
	return where, nil
}

// hasTool reports whether a tool is in PATH, or in a folder that sudo adds to it.
func hasTool(tool string) bool {
	if _, err := exec.LookPath(tool); err == nil {
		return true
	}
	for _, dir := range []string{"/usr/sbin", "/sbin"} {
		if fi, err := os.Stat(filepath.Join(dir, tool)); err == nil && fi.Mode()&0o111 != 0 {
			return true
		}
	}
	return false
}

// anchor returns the file that the library writes.
func (s system) anchor(c Certificate) string {
	return fmt.Sprintf(truststore.SystemTrustFilename, strings.ReplaceAll(nickname(c), " ", "_"))
}

func (s system) installed(c Certificate) (some, all bool) {
	_, err := os.Lstat(s.anchor(c))
	anchored := err == nil
	read, found := 0, 0
	for _, b := range s.bundles {
		data, err := os.ReadFile(b)
		if err != nil {
			continue
		}
		read++
		if bundleHas(data, c.Raw) {
			found++
		}
	}
	return anchored || found > 0, anchored && found == read
}

func bundleHas(data, der []byte) bool {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if bytes.Equal(block.Bytes, der) {
			return true
		}
	}
	return false
}

func (system) hasIndependentParts() bool { return false }

func (s system) add(c Certificate) error { return truststore.Install(c.Certificate) }

// remove also removes the links to the anchor, which Debian's update-ca-certificates leaves when it
// runs without options.
func (s system) remove(c Certificate) error {
	err := truststore.Uninstall(c.Certificate)
	dead := s.deadLinks(c)
	if len(dead) == 0 {
		return err
	}
	cmd := truststore.CommandWithSudo(append([]string{"rm", "-f", "--"}, dead...)...)
	if out, rerr := cmd.CombinedOutput(); rerr != nil {
		return errors.Join(err, truststore.NewCmdError(rerr, cmd, out))
	}
	return err
}

// deadLinks returns the links to the removed anchor: one with its name, and one with its hash, to
// the first.
func (s system) deadLinks(c Certificate) []string {
	links, _ := filepath.Glob(filepath.Join(linkFolder, "*"))
	name := strings.TrimSuffix(filepath.Base(s.anchor(c)), filepath.Ext(s.anchor(c)))
	var dead []string
	for _, l := range links {
		to, err := os.Readlink(l)
		if err != nil || to != s.anchor(c) && to != name+".pem" {
			continue
		}
		if _, err := os.Stat(l); errors.Is(err, os.ErrNotExist) {
			dead = append(dead, l)
		}
	}
	return dead
}

func (s system) manualCommand(c Certificate, remove bool) string {
	update := " && sudo " + strings.Join(truststore.SystemTrustCommand, " ")
	if remove {
		return "sudo rm " + s.anchor(c) + update
	}
	return "sudo cp " + quote(c.File) + " " + s.anchor(c) + update
}
