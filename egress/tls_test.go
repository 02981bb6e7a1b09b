package egress

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestTLS checks that a server is verified, by the private roots of a configuration if there are
// any, and that TLS below 1.2 is refused.
func TestTLS(t *testing.T) {
	for _, tt := range []struct {
		name  string
		trust bool
		max   uint16 // version of the server
		ok    bool
	}{
		{"trusted", true, tls.VersionTLS13, true},
		{"TLS 1.2", true, tls.VersionTLS12, true},
		{"TLS 1.1", true, tls.VersionTLS11, false},
		{"not trusted", false, tls.VersionTLS13, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			srv.Config.ErrorLog = log.New(io.Discard, "", 0)
			srv.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tt.max}
			srv.StartTLS()
			defer srv.Close()
			c := Config{Named: []string{srv.URL}}
			if tt.trust {
				roots := x509.NewCertPool()
				roots.AddCert(srv.Certificate())
				c.TLS = &tls.Config{RootCAs: roots}
			}
			resp, err := newClient(t, c).Do(t.Context(), Call{Method: "GET", URL: parse(t, srv.URL)})
			if (err == nil) != tt.ok {
				t.Errorf("got %v", err)
			}
			if err == nil {
				resp.Body.Close()
			}
		})
	}
	if v := newClient(t, Config{}).transport.TLSClientConfig.MinVersion; v != tls.VersionTLS12 {
		t.Errorf("by default, versions from %x on are accepted", v)
	}
}
