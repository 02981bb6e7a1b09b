package control

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptest"
	"testing"
)

// TestBinding checks that both ends of a connection with TLS 1.3 find the same value, which differs
// between connections, and that older versions are refused: theirs can be the same for two.
func TestBinding(t *testing.T) {
	srv := httptest.NewUnstartedServer(nil) // for its certificate
	srv.StartTLS()
	defer srv.Close()
	seen := map[string]bool{}
	for i, version := range []uint16{tls.VersionTLS13, tls.VersionTLS13, tls.VersionTLS12} {
		a, b := net.Pipe()
		defer a.Close()
		defer b.Close()
		client := tls.Client(a, &tls.Config{InsecureSkipVerify: true, MaxVersion: version})
		server := tls.Server(b, &tls.Config{Certificates: srv.TLS.Certificates})
		done := make(chan error, 1)
		go func() { done <- server.Handshake() }()
		if err := errors.Join(client.Handshake(), <-done); err != nil {
			t.Fatal(err)
		}
		own, err := binding(client)
		theirs, serverErr := binding(server)
		if version < tls.VersionTLS13 {
			if own != nil || theirs != nil || !errors.Is(err, ErrDenied) || !errors.Is(serverErr, ErrDenied) {
				t.Errorf("TLS 1.2: %x, %v; %x, %v", own, err, theirs, serverErr)
			}
			continue
		}
		if err != nil || serverErr != nil || len(own) != 32 || string(own) != string(theirs) || seen[string(own)] {
			t.Errorf("connection %d: %x, %v; %x, %v", i, own, err, theirs, serverErr)
		}
		seen[string(own)] = true
		if plain, err := binding(a); plain != nil || err != nil {
			t.Errorf("without TLS: %x, %v", plain, err)
		}
	}
}
