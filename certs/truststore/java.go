package truststore

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/smallstep/truststore"
)

// java is the cacerts file of the Java in JAVA_HOME, or else of the keytool in PATH.
//
// The library does not notice a missing keystore, recognizes a missing alias by keytool's English
// message, and knows only its own alias. Debian's ca-certificates-java copies the system's
// certificates under another alias and leaves the copies when they are removed. So this type looks
// certificates up by fingerprint.
type java struct {
	home  string
	isSet bool // by JAVA_HOME
}

func newJava() store {
	home := os.Getenv("JAVA_HOME")
	if home != "" {
		return java{home, true}
	}
	return java{installedJava(), false}
}

// keystore returns the path of cacerts, "" without one. Like the library, it prefers jre.
func (j java) keystore() string {
	for _, p := range []string{"jre/lib/security/cacerts", "lib/security/cacerts"} {
		if path := filepath.Join(j.home, filepath.FromSlash(p)); j.home != "" {
			if _, err := os.Stat(path); err == nil {
				return path
			}
		}
	}
	return ""
}

func (j java) keytool() string {
	if runtime.GOOS == "windows" {
		return filepath.Join(j.home, "bin", "keytool.exe")
	}
	return filepath.Join(j.home, "bin", "keytool")
}

func (j java) find() (string, *obstacle) {
	_, err := os.Stat(j.keytool())
	switch {
	case j.home == "" || !j.isSet && (err != nil || j.keystore() == ""):
		return "", &obstacle{err: errors.New("no Java in JAVA_HOME or PATH")}
	case err != nil:
		return "", &obstacle{err: fmt.Errorf("JAVA_HOME=%s has no bin/keytool", j.home), hint: suggestHome(j.home)}
	case j.keystore() == "":
		return "", &obstacle{err: fmt.Errorf("JAVA_HOME=%s has no lib/security/cacerts", j.home), hint: suggestHome(j.home)}
	}
	return j.keystore(), nil
}

// suggestHome returns a command that sets JAVA_HOME right, "" if no Java is in PATH.
func suggestHome(wrong string) string {
	if home := installedJava(); home != "" && home != wrong {
		return "export JAVA_HOME=" + quote(home)
	}
	return ""
}

// installedJava returns the home of the Java in PATH, "" without one.
func installedJava() string {
	path, err := exec.LookPath("keytool")
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return ""
	}
	return filepath.Dir(filepath.Dir(path))
}

// aliases returns the names under which the keystore has c.
func (j java) aliases(c Certificate) []string {
	out, err := exec.Command(j.keytool(), "-list", "-keystore", j.keystore(), "-storepass", truststore.JavaStorePass).Output()
	if err != nil {
		return nil
	}
	return aliasesOf(string(out), c.Raw)
}

// aliasesOf reads the list that keytool prints in any language: a line with alias, date and kind,
// then one that ends in the fingerprint (SHA-1 before Java 9).
func aliasesOf(list string, der []byte) []string {
	s1, s256 := sha1.Sum(der), sha256.Sum256(der)
	var names []string
	entry := ""
	for line := range strings.Lines(list) {
		hex := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(line), ":", ""))
		if strings.HasSuffix(hex, fmt.Sprintf("%x", s1)) || strings.HasSuffix(hex, fmt.Sprintf("%x", s256)) {
			if name, _, ok := strings.Cut(entry, ", "); ok {
				names = append(names, name)
			}
		}
		entry = line
	}
	return names
}

func (j java) installed(c Certificate) (some, all bool) {
	has := len(j.aliases(c)) > 0
	return has, has
}

func (java) hasIndependentParts() bool { return false }

// withLibrary calls f with the library set to this Java, which it reads from the environment.
func (j java) withLibrary(f func(*truststore.JavaTrust) error) error {
	if !j.isSet {
		if err := os.Setenv("JAVA_HOME", j.home); err != nil {
			return err
		}
		defer os.Unsetenv("JAVA_HOME")
	}
	t, err := truststore.NewJavaTrust()
	if err != nil {
		return err
	}
	return f(t)
}

func (j java) add(c Certificate) error {
	file, err := tempPEM(c)
	if err != nil {
		return err
	}
	defer os.Remove(file)
	return j.withLibrary(func(t *truststore.JavaTrust) error { return t.Install(file, c.Certificate) })
}

func (j java) remove(c Certificate) error {
	var errs []error
	for _, name := range j.aliases(c) {
		if strings.EqualFold(name, nickname(c)) { // JKS keystores fold aliases to lower case
			errs = append(errs, j.withLibrary(func(t *truststore.JavaTrust) error { return t.Uninstall("", c.Certificate) }))
			continue
		}
		cmd := exec.Command(j.keytool(), "-delete", "-alias", name, "-keystore", j.keystore(), "-storepass", truststore.JavaStorePass)
		out, err := cmd.CombinedOutput()
		if err != nil && runtime.GOOS != "windows" && bytes.Contains(out, []byte("java.io.FileNotFoundException")) { // no permission to write
			cmd = exec.Command("sudo", append([]string{"--"}, cmd.Args...)...)
			out, err = cmd.CombinedOutput()
		}
		if err != nil {
			errs = append(errs, truststore.NewCmdError(err, cmd, out))
		}
	}
	return errors.Join(errs...)
}

func (j java) manualCommand(c Certificate, remove bool) string {
	sudo, alias := "sudo ", nickname(c)
	if runtime.GOOS == "windows" {
		sudo = ""
	}
	if names := j.aliases(c); len(names) > 0 {
		alias = names[0]
	}
	args := fmt.Sprintf("%s%s -keystore %s -storepass %s -alias %s", sudo, quote(j.keytool()), quote(j.keystore()),
		truststore.JavaStorePass, quote(alias))
	if remove {
		return args + " -delete"
	}
	return args + " -importcert -noprompt -file " + quote(c.File)
}

// tempPEM writes the certificate to a temporary file, which the caller removes.
func tempPEM(c Certificate) (name string, err error) {
	f, err := os.CreateTemp("", "ca.*.pem")
	if err != nil {
		return "", err
	}
	err = pem.Encode(f, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}
