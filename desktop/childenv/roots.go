package childenv

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
)

// rootFiles returns the files in which systems keep their root certificates, as in crypto/x509.
func rootFiles() []string {
	return []string{
		"/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Arch, Gentoo
		"/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, RHEL
		"/etc/ssl/ca-bundle.pem",                            // openSUSE
		"/etc/pki/tls/cacert.pem",                           // OpenELEC
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // CentOS, RHEL 7
		"/etc/ssl/cert.pem",                                 // Alpine, macOS
	}
}

// Replacements maps the certificate files that Build wrote to dir to the system files that they can
// replace. Some of these may not exist.
func Replacements(dir string, environ []string) map[string][]string {
	env := environment(environ)
	stores := []string{
		"/etc/ssl/certs/java/cacerts",              // Debian, Ubuntu
		"/etc/pki/ca-trust/extracted/java/cacerts", // Fedora, RHEL
	}
	homes := []string{env.get("JAVA_HOME")}
	if path, ok := inPath(env.get("PATH"), "java"); ok {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			homes = append(homes, filepath.Dir(filepath.Dir(real)))
		}
	}
	for _, home := range homes {
		if home != "" {
			stores = append(stores, filepath.Join(home, "lib", "security", "cacerts"))
		}
	}
	return map[string][]string{
		filepath.Join(dir, "bundle.pem"):     rootFiles(),
		filepath.Join(dir, "truststore.jks"): stores,
	}
}

// systemRoots returns the root certificates that programs currently trust in PEM, or nil if the
// system has no such file. Programs need them for connections that the proxy passes through without
// decrypting.
func systemRoots(env environment) []byte {
	for _, path := range append([]string{env.get("SSL_CERT_FILE")}, rootFiles()...) {
		if data := readFile(path); len(data) > 0 {
			return data
		}
	}
	return nil
}

// readFile returns nil for a file that cannot be read.
func readFile(path string) []byte {
	if path == "" {
		return nil
	}
	data, _ := os.ReadFile(path)
	return data
}

// join concatenates PEM files.
func join(a, b []byte) []byte {
	if len(a) > 0 && !bytes.HasSuffix(a, []byte("\n")) {
		a = append(a, '\n')
	}
	return append(bytes.Clone(a), b...)
}

// storePassword is the default password of Java trust stores. It protects no secret, since
// certificates are public.
const storePassword = "changeit"

// trustStore converts the certificates of a PEM file to a Java trust store. It leaves out invalid
// certificates.
func trustStore(bundle []byte) ([]byte, error) {
	ks := keystore.New(keystore.WithOrderedAliases())
	n := 0
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			continue
		}
		n++
		err := ks.SetTrustedCertificateEntry(fmt.Sprintf("root-%d", n), keystore.TrustedCertificateEntry{
			CreationTime: time.Unix(0, 0),
			Certificate:  keystore.Certificate{Type: "X509", Content: block.Bytes},
		})
		if err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	if err := ks.Store(&out, []byte(storePassword)); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// javaOptions returns system properties for trust store and proxy, unless that is "". With an empty
// nonProxyHosts Java also uses the proxy for local addresses.
func javaOptions(proxy, store string) string {
	options := fmt.Sprintf("-Djavax.net.ssl.trustStore=%s -Djavax.net.ssl.trustStoreType=JKS -Djavax.net.ssl.trustStorePassword=%s",
		quoted(store), storePassword)
	if host, port, err := net.SplitHostPort(proxy); err == nil {
		options = fmt.Sprintf("-Dhttp.proxyHost=%[1]s -Dhttp.proxyPort=%[2]s -Dhttps.proxyHost=%[1]s -Dhttps.proxyPort=%[2]s "+
			"-Dhttp.nonProxyHosts= ", host, port) + options
	}
	return options
}
