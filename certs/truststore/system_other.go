//go:build !linux

package truststore

import (
	"crypto/x509"
	"errors"
	"fmt"
	"runtime"

	"github.com/smallstep/truststore"
)

// Untested returns a warning if [Install] has not been tested with the system's store of this
// platform, and else "".
func Untested() string { return "untested on " + runtime.GOOS }

// system is the keychain of macOS, or the root store of the user on Windows.
type system struct{}

func newSystem() store { return system{} }

func (system) find() (string, *obstacle) {
	switch runtime.GOOS {
	case "darwin":
		return "/Library/Keychains/System.keychain", nil
	case "windows":
		return "Root store of the current user", nil
	}
	return "", &obstacle{err: fmt.Errorf("%w: %s", errors.ErrUnsupported, runtime.GOOS)}
}

// installed asks the platform's verifier, which reads the store each time.
func (system) installed(c Certificate) (some, all bool) {
	_, err := c.Verify(x509.VerifyOptions{KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err == nil, err == nil
}

func (system) hasIndependentParts() bool  { return false }
func (system) add(c Certificate) error    { return truststore.Install(c.Certificate) }
func (system) remove(c Certificate) error { return truststore.Uninstall(c.Certificate) }

func (system) manualCommand(c Certificate, remove bool) string {
	switch {
	case runtime.GOOS == "windows" && remove:
		return fmt.Sprintf("certutil -user -delstore Root %x", c.SerialNumber)
	case runtime.GOOS == "windows":
		return `certutil -user -addstore Root "` + c.File + `"`
	case remove:
		return "sudo security remove-trusted-cert -d " + quote(c.File)
	}
	return "sudo security add-trusted-cert -d -k /Library/Keychains/System.keychain " + quote(c.File)
}
