package capture

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestClosedListener checks that connections offered to a server that has ended are closed.
func TestClosedListener(t *testing.T) {
	l := newConnListener()
	l.Close()
	l.Close() // http.Server closes twice
	c := &failingConn{}
	if l.offer(c); !c.closed {
		t.Error("an offered connection is open")
	}
	if got, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("accepted %v, %v", got, err)
	}
	if a := l.Addr(); a.String() != "connect" {
		t.Errorf("the address is %s", a)
	}
}

// TestConnSet checks that all connections of a set are closed, but those that left it, and that
// later ones are closed at once.
func TestConnSet(t *testing.T) {
	var s connSet
	in, left, late := &failingConn{}, &failingConn{}, &failingConn{}
	s.add(in)
	s.add(left)
	s.remove(left)
	if in.closed {
		t.Error("closed before the end")
	}
	s.closeAll()
	s.add(late)
	if !in.closed || left.closed || !late.closed {
		t.Errorf("closed: %t, left: %t, late: %t", in.closed, left.closed, late.closed)
	}
}

// TestConnStates checks that a connection is closed at shutdown until its first request, and not by
// the state that follows it.
func TestConnStates(t *testing.T) {
	for _, tt := range []struct {
		name   string
		states []http.ConnState
		closes bool
	}{
		{"new", []http.ConnState{http.StateNew}, true},
		{"idle before a request", []http.ConnState{http.StateNew, http.StateIdle}, true},
		{"active", []http.ConnState{http.StateNew, http.StateActive}, false},
		{"idle after a request", []http.ConnState{http.StateNew, http.StateActive, http.StateIdle}, false},
		{"taken over", []http.ConnState{http.StateNew, http.StateHijacked}, false},
		{"closed", []http.ConnState{http.StateNew, http.StateClosed}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var s connSet
			c := &failingConn{}
			for _, state := range tt.states {
				s.state(c, state)
			}
			if s.closeAll(); c.closed != tt.closes {
				t.Errorf("closed: %t", c.closed)
			}
		})
	}
}

// addrConn is a connection between two addresses.
type addrConn struct {
	net.Conn
	local, remote net.Addr
}

func (c addrConn) LocalAddr() net.Addr  { return c.local }
func (c addrConn) RemoteAddr() net.Addr { return c.remote }

// TestLeadsBack checks which connections lead to a listener of this process.
func TestLeadsBack(t *testing.T) {
	tcp := func(s string) net.Addr { return must(net.ResolveTCPAddr("tcp", s)) }
	socket := &net.UnixAddr{Name: "x", Net: "unix"}
	for _, tt := range []struct {
		name                    string
		listener, local, remote net.Addr
		want                    bool
	}{
		{"the address", tcp("127.0.0.1:8080"), tcp("127.0.0.1:50000"), tcp("127.0.0.1:8080"), true},
		{"in another form", tcp("127.0.0.1:8080"), tcp("127.0.0.1:50000"), tcp("[::ffff:127.0.0.1]:8080"), true},
		{"another port", tcp("127.0.0.1:8080"), tcp("127.0.0.1:50000"), tcp("127.0.0.1:8081"), false},
		{"another address", tcp("127.0.0.1:8080"), tcp("127.0.0.1:50000"), tcp("127.0.0.2:8080"), false},
		{"another machine", tcp("0.0.0.0:8080"), tcp("192.0.2.1:50000"), tcp("192.0.2.7:8080"), false},
		{"everywhere, loopback", tcp("0.0.0.0:8080"), tcp("127.0.0.1:50000"), tcp("127.0.0.2:8080"), true},
		{"everywhere, own address", tcp("[::]:8080"), tcp("192.0.2.1:50000"), tcp("192.0.2.1:8080"), true},
		{"everywhere, another port", tcp("0.0.0.0:8080"), tcp("127.0.0.1:50000"), tcp("127.0.0.1:8081"), false},
		{"one address, own other address", tcp("192.0.2.9:8080"), tcp("192.0.2.1:50000"), tcp("192.0.2.1:8080"), false},
		{"listener of another kind", socket, tcp("127.0.0.1:50000"), tcp("127.0.0.1:8080"), false},
		{"connection of another kind", tcp("127.0.0.1:8080"), socket, socket, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var a addrs
			a.add(socket) // is no match, and does not end the search
			a.add(tt.listener)
			if got := a.leadsBack(addrConn{local: tt.local, remote: tt.remote}); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

// TestClientOf checks what tells the machines of clients apart.
func TestClientOf(t *testing.T) {
	for addr, want := range map[net.Addr]string{
		must(net.ResolveTCPAddr("tcp", "192.0.2.1:50000")): "192.0.2.1", must(net.ResolveTCPAddr("tcp", "[2001:db8::1]:1")): "2001:db8::1",
		&net.UnixAddr{Name: "x", Net: "unix"}: "",
	} {
		if got := clientOf(addrConn{remote: addr}); got != want {
			t.Errorf("%s: %q, want %q", addr, got, want)
		}
	}
}

// TestEverywhere checks which listeners accept connections to all addresses of the machine.
func TestEverywhere(t *testing.T) {
	for listener, want := range map[string]bool{"0.0.0.0:8080": true, "[::]:8080": true, "127.0.0.1:8080": false, "192.0.2.1:8080": false, "0.0.0.0:8081": false} {
		var a addrs
		a.add(&net.UnixAddr{Name: "x", Net: "unix"})
		a.add(must(net.ResolveTCPAddr("tcp", listener)))
		if got := a.everywhere(8080); got != want {
			t.Errorf("port 8080, listener %s: %t", listener, got)
		}
	}
}

// TestEngineLog checks that messages of goproxy are logged without their arguments, which have
// queries.
func TestEngineLog(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	engineLog{log}.Printf("a request to %s failed\n", "https://a.example/?token=hunter2")
	if got := out.String(); !strings.Contains(got, `message="a request to %s failed"`) || strings.Contains(got, "hunter2") {
		t.Errorf("logged %s", got)
	}
}

// TestForeignConnection checks that a connection that the proxy did not accept is closed unserved.
func TestForeignConnection(t *testing.T) {
	c := &failingConn{room: 100}
	if newRig(t).proxy.connect(must(http.NewRequest(http.MethodConnect, "//a.example:443", nil)), c, nil); !c.closed || c.written.Len() > 0 {
		t.Errorf("closed: %t, %q was written", c.closed, c.written.String())
	}
}

// TestFill checks that the first bytes of a connection are read until there are enough, and that an
// end is an error only before that.
func TestFill(t *testing.T) {
	for n, ok := range map[int]bool{1: true, 5: true, 6: false} {
		c := &clientConn{Conn: scripted{r: &chunkReader{list: [][]byte{[]byte("he"), []byte("llo")}, err: io.ErrUnexpectedEOF, early: true}}}
		if err := c.fill(n); (err == nil) != ok || err != nil && err != io.ErrUnexpectedEOF || !strings.HasPrefix("hello", string(c.early)) || ok && len(c.early) < n {
			t.Errorf("%d bytes: %q, %v", n, c.early, err)
		}
	}
}

// TestLeavingAfterARequest checks that a client which closes its connection right after its first request
// is not taken for one that refuses the certificate.
func TestLeavingAfterARequest(t *testing.T) {
	g, logged, _ := pinRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	states := g.innerStates()
	for range 3 {
		c := g.secure(hostOf(up))
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: "+hostOf(up)+"\r\n\r\n")
		body(t, must(http.ReadResponse(bufio.NewReader(c), nil)))
		c.Close()
		for <-states != http.StateClosed {
		}
	}
	if n := g.proxy.Stats().Handshakes; n != 0 || len(logged) > 0 {
		t.Errorf("%d handshakes failed, logged %d lines", n, len(logged))
	}
}
