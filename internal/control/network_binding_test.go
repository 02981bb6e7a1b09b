package control

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestBinding checks that both ends of a TLS 1.3 connection compute the same binding, that it
// differs between connections, and that older versions are refused, for which two connections can
// have the same binding.
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
		noError(t, errors.Join(client.Handshake(), <-done))
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

// TestRemoteNeedsTLS13 checks that a client ends the connection to a server which cannot bind a login to
// it, before it sends anything, and that the caller's configuration stays as it is.
func TestRemoteNeedsTLS13(t *testing.T) {
	cert, roots := certificate(t)
	l := must(tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}, MaxVersion: tls.VersionTLS12}))
	defer l.Close()
	handshake := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			handshake <- err
			return
		}
		defer conn.Close()
		handshake <- conn.(*tls.Conn).Handshake()
	}()
	conf := &tls.Config{RootCAs: roots}
	st := NewRemote("hub", Remote{Address: l.Addr().String(), Team: "shop", TLS: conf}, true)
	defer st.Close()
	if _, err := st.Stat(t.Context()); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("the client says %v", err)
	}
	if err := <-handshake; err == nil {
		t.Error("the connection was made")
	}
	if conf.MinVersion != 0 {
		t.Errorf("the configuration was changed: minimum version %#x", conf.MinVersion)
	}
}
