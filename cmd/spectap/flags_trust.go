package main

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	"github.com/spf13/pflag"

	"github.com/spectap/spectap/capture"
)

// trustFlags say which certificates of upstreams are trusted, and which ones are shown to them.
type trustFlags struct {
	cas         []string // files
	clientCerts []string // HOST=CERT.pem or HOST=CERT.pem,KEY.pem
	insecure    []string // hosts
}

// addFlags adds the flags. scope begins their descriptions, for commands that also do other things.
func (t *trustFlags) addFlags(f *pflag.FlagSet, scope string) {
	f.StringArrayVar(&t.clientCerts, "client-cert", nil,
		scope+"client certificate for an upstream: `HOST[:PORT]=CERT.pem[,KEY.pem]` (repeatable)")
	f.StringArrayVar(&t.insecure, "insecure-upstream", nil,
		scope+"do not verify the certificate of this `host`, or HOST:PORT: its traffic can be forged (repeatable)")
	f.StringArrayVar(&t.cas, "upstream-ca", nil,
		scope+"also trust upstreams with a certificate from a CA in this PEM `file` (repeatable)")
}

// roots returns the CAs that upstreams are verified with, nil for those of the system.
func (t *trustFlags) roots() (*x509.CertPool, error) {
	if len(t.cas) == 0 {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("load the CAs of the system: %w", err)
	}
	for _, file := range t.cas {
		data, err := readFile(file, maxSettings)
		if err != nil {
			return nil, fmt.Errorf("--upstream-ca: %w", err)
		}
		if !pool.AppendCertsFromPEM(data) {
			return nil, &hint{fmt.Errorf("--upstream-ca %s: the file has no certificate", file),
				"openssl x509 -in " + quoteArg(file) + " -noout -text"}
		}
	}
	return pool, nil
}

// settings returns the settings of single hosts.
func (t *trustFlags) settings() (s capture.Upstream, err error) {
	for _, host := range t.insecure {
		if err := checkHost("--insecure-upstream", host, ""); err != nil {
			return s, err
		}
	}
	s.Insecure = t.insecure
	s.Certificates = make(map[string]tls.Certificate)
	for _, text := range t.clientCerts {
		host, files, ok := strings.Cut(text, "=")
		if !ok || host == "" || files == "" {
			return s, &hint{&misuse{fmt.Errorf("--client-cert %q: must be HOST=CERT.pem or HOST=CERT.pem,KEY.pem", text)},
				"--client-cert api.example.com=" + quoteArg(cmp.Or(files, "CERT.pem"))}
		}
		if err := checkHost("--client-cert", host, "="+files); err != nil {
			return s, err
		}
		certFile, keyFile, ok := strings.Cut(files, ",")
		if !ok {
			keyFile = certFile
		}
		cert, err := tls.LoadX509KeyPair(certFile, keyFile)
		if path := (*fs.PathError)(nil); errors.As(err, &path) {
			return s, fmt.Errorf("--client-cert for %s: %w", host, err)
		} else if err != nil {
			return s, &hint{fmt.Errorf("--client-cert for %s: %w", host, err), "--client-cert " + quoteArg(host+"=CERT.pem,KEY.pem") + "   # both in PEM"}
		}
		s.Certificates[strings.ToLower(host)] = cert
	}
	return s, nil
}

// tls returns what a request to an origin uses, outside of the proxy.
func (t *trustFlags) tls() (func(origin *url.URL) *tls.Config, error) {
	roots, err := t.roots()
	if err != nil {
		return nil, err
	}
	hosts, err := t.settings()
	if err != nil {
		return nil, err
	}
	return func(origin *url.URL) *tls.Config { return hosts.TLSTo(origin, roots) }, nil
}

// checkHost refuses a flag whose value does not begin with HOST or HOST:PORT.
func checkHost(flag, host, rest string) error {
	if capture.IsUpstream(host) {
		return nil
	}
	meant, _, _ := strings.Cut(strings.TrimPrefix(meantScope(host), "."), "/")
	return &hint{&misuse{fmt.Errorf("%s %q: must be HOST or HOST:PORT", flag, host)}, flag + " " + quoteArg(meant+rest)}
}
