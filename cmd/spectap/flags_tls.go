package main

import (
	"crypto/tls"
	"fmt"

	"github.com/spf13/cobra"
)

// tlsFlags are the flags of commands that may serve HTTPS in place of HTTP.
type tlsFlags struct{ cert, key string }

func (f *tlsFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.cert, "tls-cert", "", "with --http: serve HTTPS with the certificates of this PEM `file`")
	cmd.Flags().StringVar(&f.key, "tls-key", "", "with --tls-cert: the `file` of its private key")
}

// check refuses one flag without the other.
func (f *tlsFlags) check(cmd *cobra.Command) error {
	if (f.cert == "") != (f.key == "") {
		return usagef(cmd, "--tls-cert and --tls-key belong together")
	}
	return nil
}

// tls returns the TLS configuration, or nil without --tls-cert.
func (f *tlsFlags) tls() (*tls.Config, error) {
	if f.cert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return nil, &hint{fmt.Errorf("load --tls-cert %s and --tls-key %s: %w", f.cert, f.key, err),
			"openssl x509 -in " + quoteArg(f.cert) + " -noout -text"}
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}}, nil
}

func (f *tlsFlags) scheme() string {
	if f.cert != "" {
		return "https"
	}
	return "http"
}
