package flagset

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/cmd/spectap/cli"
)

// TrustFlags set which certificates of upstreams are trusted, and which client certificates are
// sent.
type TrustFlags struct {
	Cas         []string // files
	clientCerts []string // HOST=CERT.pem or HOST=CERT.pem,KEY.pem
	insecure    []string // hosts
}

// AddFlags adds the flags. scope begins their descriptions, for commands that also do other things.
func (t *TrustFlags) AddFlags(f *pflag.FlagSet, scope string) {
	defer cli.Under(f, cli.HeadUpstreams)()
	f.StringArrayVar(&t.clientCerts, "client-cert", nil,
		scope+"client certificate for an upstream: `HOST[:PORT]=CERT.pem[,KEY.pem]` (repeatable)")
	f.StringArrayVar(&t.insecure, "insecure-upstream", nil,
		scope+"do not verify the certificate of this `host`, or HOST:PORT: its traffic can be forged (repeatable)")
	f.StringArrayVar(&t.Cas, "upstream-ca", nil,
		scope+"also trust upstreams with a certificate from a CA in this PEM `file` (repeatable)")
}

// UntrustedHint returns the hint for a host whose certificate does not verify. reason is the one of
// crypto/x509, which uses "expired" also for a certificate that is not valid yet.
func UntrustedHint(reason, host string) string {
	insecure := "--insecure-upstream " + cli.QuoteArg(host)
	if strings.Contains(reason, "expired") {
		return "have the server's certificate renewed, or look at the clock of this machine; " + insecure + " accepts it meanwhile"
	}
	return "--upstream-ca FILE, the CA that signed it, or " + insecure
}

// Roots returns the CAs that upstreams are verified with, or nil for those of the system.
func (t *TrustFlags) Roots() (*x509.CertPool, error) {
	if len(t.Cas) == 0 {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("load the CAs of the system: %w", err)
	}
	for _, file := range t.Cas {
		if err := AddCAs(pool, "--upstream-ca", file); err != nil {
			return nil, err
		}
	}
	return pool, nil
}

// AddCAs adds the certificates of a PEM file that a flag names to a pool.
func AddCAs(pool *x509.CertPool, flag, file string) error {
	data, err := cli.ReadFile(file, cli.MaxSettings)
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	if !pool.AppendCertsFromPEM(data) {
		return cli.WithHint(fmt.Errorf("%s %s: the file has no certificate", flag, file), "openssl x509 -in "+cli.QuoteArg(file)+" -noout -text")
	}
	return nil
}

// Settings returns the settings by host.
func (t *TrustFlags) Settings() (s capture.Upstream, err error) {
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
			return s, cli.WithHint(cli.Misusef("--client-cert %q: must be HOST=CERT.pem or HOST=CERT.pem,KEY.pem", text),
				"--client-cert api.example.com="+cli.QuoteArg(cmp.Or(files, "CERT.pem")))
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
			return s, cli.WithHint(fmt.Errorf("--client-cert for %s: %w", host, err),
				"--client-cert "+cli.QuoteArg(host+"=CERT.pem,KEY.pem")+"   # both in PEM")
		}
		s.Certificates[strings.ToLower(host)] = cert
	}
	return s, nil
}

// TLS returns the TLS configuration of a request to an origin outside of the proxy.
func (t *TrustFlags) TLS() (func(origin *url.URL) *tls.Config, error) {
	roots, err := t.Roots()
	if err != nil {
		return nil, err
	}
	hosts, err := t.Settings()
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
	return cli.WithHint(cli.Misusef("%s %q: must be HOST or HOST:PORT", flag, host), flag+" api.example.com"+rest)
}

// TLSFlags are the flags of commands that can serve HTTPS instead of HTTP.
type TLSFlags struct{ Cert, Key string }

// Register adds --tls-cert and --tls-key, which need --http.
func (f *TLSFlags) Register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.Cert, "tls-cert", "", "with --http: serve HTTPS with the certificates of this PEM `file`")
	cmd.Flags().StringVar(&f.Key, "tls-key", "", "with --tls-cert: the `file` of its private key")
}

// Check returns an error if only one of the flags is set.
func (f *TLSFlags) Check(cmd *cobra.Command) error {
	if (f.Cert == "") != (f.Key == "") {
		return cli.Usagef(cmd, "--tls-cert and --tls-key belong together")
	}
	return nil
}

// TLS returns the TLS configuration, or nil without --tls-cert.
func (f *TLSFlags) TLS() (*tls.Config, error) {
	if f.Cert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return nil, cli.WithHint(fmt.Errorf("load --tls-cert %s and --tls-key %s: %w", f.Cert, f.Key, err),
			"openssl x509 -in "+cli.QuoteArg(f.Cert)+" -noout -text")
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}}, nil
}

// Scheme returns https with a certificate, else http.
func (f *TLSFlags) Scheme() string {
	if f.Cert != "" {
		return "https"
	}
	return "http"
}
