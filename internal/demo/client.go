package demo

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
)

// NewClient returns an HTTP client that uses the proxy at addr, a host:port, and trusts only the
// certificates in caPEM.
func NewClient(addr string, caPEM []byte) *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(caPEM)
	return &http.Client{Transport: &http.Transport{
		Proxy:           http.ProxyURL(&url.URL{Scheme: "http", Host: addr}),
		TLSClientConfig: &tls.Config{RootCAs: roots},
	}}
}
