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

// Untested says why what Install does to the system's store has not been run on this platform; "" when it has.
func Untested() string {
	if truststore.SystemTrustFilename == debianAnchors+"%s.crt" {
		return ""
	}
	return "untested on this Linux distribution (run on Debian only)"
}

const debianAnchors = "/usr/local/share/ca-certificates/"

// bundles are the files that the distributions' tools write and TLS libraries read; of each family one.
var bundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Arch
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, RHEL
	"/var/lib/ca-certificates/ca-bundle.pem",            // SUSE
	"/etc/ca-certificates/extracted/tls-ca-bundle.pem",  // Arch
}

// system is the store of a Linux distribution: a folder of anchors, and a tool that makes bundles of them.
type system struct{ bundles []string }

func newSystem() store { return system{bundles} }

func (s system) find() (string, *absence) {
	if truststore.SystemTrustCommand == nil {
		return "", &absence{why: errors.New("no folder of certificates that is known"), try: packageCommand("ca-certificates", "ca-certificates", "ca-certificates", "ca-certificates", "")}
	}
	where := filepath.Dir(truststore.SystemTrustFilename)
	tool := truststore.SystemTrustCommand[0]
	if !inSystemPath(tool) { // else the library would leave the anchor behind, and nothing would read it
		return where, &absence{why: fmt.Errorf("%s is not installed", tool), failed: true,
			try: packageCommand("ca-certificates", "ca-certificates", "p11-kit", "ca-certificates", "")}
	}
	return where, nil
}

// inSystemPath looks also where sudo looks and people's PATH often does not.
func inSystemPath(tool string) bool {
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

// anchor is the file that the library writes.
func (s system) anchor(c Certificate) string {
	return fmt.Sprintf(truststore.SystemTrustFilename, strings.ReplaceAll(nickname(c), " ", "_"))
}

func (s system) state(c Certificate) (some, all bool) {
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

func (system) loose() bool { return false }

func (s system) add(c Certificate) error { return truststore.Install(c.Certificate) }

// remove leaves no link to the anchor behind, which Debian's update-ca-certificates does when asked plainly.
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

// deadLinks lists the links to the anchor that is gone: one by its name, and one by its hash to that.
func (s system) deadLinks(c Certificate) []string {
	links, _ := filepath.Glob("/etc/ssl/certs/*")
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

func (s system) byHand(c Certificate, remove bool) string {
	update := " && sudo " + strings.Join(truststore.SystemTrustCommand, " ")
	if remove {
		return "sudo rm " + s.anchor(c) + update
	}
	return "sudo cp " + quote(c.File) + " " + s.anchor(c) + update
}
