package sample

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/spectap/spectap/certs"
)

// Server is an API served over TLS on loopback.
type Server struct {
	// URL is the address of the server, such as "https://localhost:41571".
	URL string
	// CA is the file of the certificate that clients must trust.
	CA string

	roots *x509.CertPool
	http  *http.Server
}

// Serve serves h on a free loopback port. It creates a CA in dir, which no program trusts, for the
// certificate of the server. The caller must close the server.
func Serve(h http.Handler, dir string) (*Server, error) {
	ca, _, err := certs.LoadOrCreate(dir)
	if err != nil {
		return nil, fmt.Errorf("make a certificate for the sample API: %w", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the sample API: %w", err)
	}
	certificate := func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) { return ca.Certificate(hello.ServerName) }
	s := &Server{
		URL:   fmt.Sprintf("https://localhost:%d", l.Addr().(*net.TCPAddr).Port),
		CA:    ca.CertPath(),
		roots: pool(ca.CertPEM()),
		http: &http.Server{
			Handler:           h,
			TLSConfig:         &tls.Config{GetCertificate: certificate, MinVersion: tls.VersionTLS12},
			ReadHeaderTimeout: 10 * time.Second,
			// Clients that do not trust the certificate are part of the demo.
			ErrorLog: log.New(io.Discard, "", 0),
		},
	}
	go s.http.ServeTLS(l, "", "")
	return s, nil
}

// Close stops the server and ends its connections.
func (s *Server) Close() error { return s.http.Close() }

// Pool returns a pool of roots with the server's CA only.
func (s *Server) Pool() *x509.CertPool { return s.roots }

func pool(certPEM []byte) *x509.CertPool {
	p := x509.NewCertPool()
	p.AppendCertsFromPEM(certPEM)
	return p
}

// NewClient returns an HTTP client that uses the proxy at addr, a host:port, and trusts only the
// certificates in caPEM.
func NewClient(addr string, caPEM []byte) *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:           http.ProxyURL(&url.URL{Scheme: "http", Host: addr}),
		TLSClientConfig: &tls.Config{RootCAs: pool(caPEM)},
	}}
}
