//go:build unix

package directhttp

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// pipe returns both ends of a TCP connection.
func pipe(t *testing.T) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

// waitFor waits until something can be read from a connection, and leaves it there.
func waitFor(t *testing.T, c *conn) {
	t.Helper()
	err := c.raw.Read(func(fd uintptr) bool {
		quiet, _ := check(rawFD(fd))
		return !quiet
	})
	if err != nil {
		t.Fatal(err)
	}
}

// rawFD is a connection by its file descriptor.
type rawFD uintptr

func (f rawFD) Read(do func(uintptr) bool) error { do(uintptr(f)); return nil }
func (rawFD) Write(func(uintptr) bool) error     { return nil }
func (rawFD) Control(func(uintptr)) error        { return nil }

// TestIsAlive looks at idle connections with TLS. Bytes that are no data of the server's, such as
// session tickets, do not end one.
func TestIsAlive(t *testing.T) {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	s.Close()
	certs := s.TLS.Certificates
	clientEnd, relayToClient := pipe(t)
	serverEnd, relayToServer := pipe(t)
	go io.Copy(relayToServer, relayToClient)
	server := tls.Server(serverEnd, &tls.Config{Certificates: certs, SessionTicketsDisabled: true})
	hold := make(chan int) // bytes to pass on
	go func() {
		for n := range hold {
			io.CopyN(relayToClient, relayToServer, int64(n))
		}
	}()
	client := tls.Client(clientEnd, &tls.Config{InsecureSkipVerify: true})
	c := newConn(client, key{}, &pool{}, 4096)
	if !c.secure || c.raw == nil {
		t.Fatal("the connection below TLS was not found")
	}
	done := make(chan error, 1)
	go func() { done <- server.Handshake() }()
	shaken := make(chan error, 1)
	go func() { shaken <- client.Handshake() }()
	for ended := false; !ended; {
		select {
		case err := <-shaken:
			if err != nil {
				t.Fatal(err)
			}
			ended = true
		case hold <- 1:
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if !c.isAlive() {
		t.Error("a new connection is not alive")
	}
	if _, err := server.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	hold <- 5 // the header of a record
	waitFor(t, c)
	if !c.isAlive() {
		t.Error("a connection with a part of a record is not alive")
	}
	for range 17 + 1 { // its text, type and tag; one byte at a time, so that all have come after the last
		hold <- 1
	}
	waitFor(t, c)
	for c.isAlive() {
	}
	close(hold)
}

// TestSweep closes idle connections that their servers have closed, and keeps the others.
func TestSweep(t *testing.T) {
	tr := New(&http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 4}, nil, nil)
	k := key{"http", "a:80"}
	var servers []net.Conn
	var conns []*conn
	for range 3 {
		client, server := pipe(t)
		servers = append(servers, server)
		conns = append(conns, newConn(client, k, &tr.pool, 4096))
		tr.pool.put(conns[len(conns)-1])
	}
	servers[1].Close()
	waitFor(t, conns[1])
	tr.pool.sweep()
	if n := len(tr.pool.idle[k]); n != 2 || tr.pool.n != 2 {
		t.Errorf("%d connections are kept, %d counted", n, tr.pool.n)
	}
	tr.pool.timeout = 1
	tr.pool.sweep()
	if len(tr.pool.idle) != 0 || tr.pool.n != 0 || tr.pool.running {
		t.Errorf("after the idle time %v are kept", tr.pool.idle)
	}
}
