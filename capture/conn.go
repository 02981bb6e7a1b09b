package capture

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// clientConn is a client's connection. After CONNECT, Read first returns the bytes that were read
// from the connection to inspect them. Connections to upstreams use the type for such bytes only.
type clientConn struct {
	net.Conn
	early     []byte // bytes that Read returns before those of Conn
	authority string // host:port, as CONNECT named it, or as redirected does
	page      bool   // CONNECT named the proxy itself

	// redirected, unless nil, sets the authority by the name that the client claims, and reports
	// whether it can be believed.
	redirected func(claimed string, secure bool) bool
	// Of a connection that came with one to its address, to:
	to       string
	upstream chan net.Conn // has that connection until it is used

	deadline      lazyDeadline
	cork          cork
	own           [2]atomic.Pointer[routes] // for this client alone, see ownRoutes; nil unless it signs in
	hello         []byte                    // collects the bytes of the ClientHello, unless nil
	discardWrites bool
	fingerprint   uint64  // of the ClientHello
	denied        *Denial // the guard denied the TLS handshake

	// For decrypted connections:
	certified     bool      // a certificate was sent to the client
	handshakeDone time.Time // end of the handshake
	spoke         bool      // the client has sent data after the handshake
}

func (c *clientConn) Read(p []byte) (n int, err error) {
	if len(c.early) > 0 {
		n = copy(p, c.early)
		c.early = c.early[n:]
	} else {
		n, err = c.deadline.Read(c.Conn, p)
	}
	if c.hello != nil {
		c.hello = append(c.hello, p[:n]...)
	}
	return n, err
}

func (c *clientConn) Write(p []byte) (int, error) {
	if c.discardWrites {
		return len(p), nil
	}
	return c.cork.Write(c.Conn, p)
}

// SetReadDeadline implements net.Conn.
func (c *clientConn) SetReadDeadline(t time.Time) error { return c.deadline.SetRead(c.Conn, t) }

// SetWriteDeadline implements net.Conn.
func (c *clientConn) SetWriteDeadline(t time.Time) error { return c.deadline.SetWrite(c.Conn, t) }

// SetDeadline implements net.Conn. Afterwards Conn may be used directly.
func (c *clientConn) SetDeadline(t time.Time) error { return c.deadline.SetBoth(c.Conn, t) }

// fill reads from the connection until early holds n bytes.
func (c *clientConn) fill(n int) error {
	for len(c.early) < n {
		var buf [512]byte
		k, err := c.deadline.Read(c.Conn, buf[:])
		c.early = append(c.early, buf[:k]...)
		if err != nil && len(c.early) < n {
			return err
		}
	}
	return nil
}

// Close also closes the client's own connections to upstreams.
func (c *clientConn) Close() error {
	c.closeOwn()
	return c.Conn.Close()
}

// CloseWrite closes the writing half of the connection.
func (c *clientConn) CloseWrite() error { return closeWrite(c.Conn) }

// host returns the host without its port.
func (c *clientConn) host() string {
	host, _, err := net.SplitHostPort(c.authority)
	if err != nil {
		return c.authority
	}
	return host
}

// closeWrite closes the writing half of c, or all of c if it has no halves.
func closeWrite(c any) error {
	if h, ok := c.(interface{ CloseWrite() error }); ok {
		return h.CloseWrite()
	}
	if h, ok := c.(interface{ Close() error }); ok {
		return h.Close()
	}
	return nil
}

// connectWriter hijacks a connection together with the bytes that the client sent directly after
// CONNECT. goproxy ignores the buffer with these bytes.
type connectWriter struct{ http.ResponseWriter }

func (w connectWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	early, _ := rw.Reader.Peek(rw.Reader.Buffered())
	below := belowServed(c)
	if outer, ok := below.(*clientConn); ok {
		outer.closeOwn()
		below = outer.Conn
	}
	return &clientConn{Conn: below, early: append([]byte(nil), early...)}, rw, nil
}

// clientListener accepts connections for net/http.
type clientListener struct{ net.Listener }

func (l clientListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return newServedConn(&clientConn{Conn: c}), nil
}

// connListener is a listener that accepts connections from offer, which exist already.
type connListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newConnListener() *connListener {
	return &connListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// offer passes c to the server, or closes c if the listener is closed.
func (l *connListener) offer(c net.Conn) {
	select {
	case l.conns <- c:
	case <-l.closed:
		c.Close()
	}
}

func (l *connListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *connListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *connListener) Addr() net.Addr { return &net.UnixAddr{Name: "connect", Net: "unix"} }

type targetKey struct{}

// target is the destination of a request.
type target struct {
	scheme, authority string
	conn              *clientConn // the client's connection
	serverName        string      // of the TLS handshake (SNI), if it is that of another host
	named             bool        // a person named it, in Config.Reverse
	front             string      // the host by which a client of Config.Reverse reaches the proxy
	routes            *routes     // for the client
	heads             *headReader // of the client's connection, or nil
	head              string      // the request's header as sent, or "" if it is not known
	uri               string      // the request target as sent, or "" if it is not known
}

// takeHead takes the header of r from its connection, for any request, so that the next one's is
// found.
func (t *target) takeHead(r *http.Request) {
	if r.ProtoMajor == 1 {
		t.head = t.heads.Take(r.ContentLength)
		t.uri = sentTarget(t.head, r.RequestURI)
	}
}

// withTarget adds the destination of the requests on c to a context. Those of a connection to the
// proxy itself name their own.
func (p *Proxy) withTarget(ctx context.Context, c net.Conn) context.Context {
	t := &target{scheme: "http", routes: p.routesOf(c.RemoteAddr().String())}
	served := c
	if s, ok := c.(*servedConn); ok {
		t.heads, c = &s.Heads, s.Conn
	}
	if tc, below := secured(c); tc != nil {
		t.scheme, c = "https", below
		t.serverName = foreignName(tc, below.host())
	}
	t.conn = c.(*clientConn)
	t.authority = t.conn.authority
	if s, ok := served.(*servedConn); ok {
		s.refuse = func(head string, answer []byte) []byte { return p.refuseHead(*t, head, answer) }
	}
	return context.WithValue(ctx, targetKey{}, t)
}

// targetOf returns the known properties of a request's target, with its header.
func targetOf(r *http.Request) target {
	t := *r.Context().Value(targetKey{}).(*target)
	t.takeHead(r)
	return t
}

// connSet holds connections that shutdown closes. The zero value is ready.
type connSet struct {
	mu     sync.Mutex
	conns  map[io.Closer]struct{}
	closed bool
}

// add adds c. After closeAll it closes c instead.
func (s *connSet) add(c io.Closer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		c.Close()
		return
	}
	if s.conns == nil {
		s.conns = make(map[io.Closer]struct{})
	}
	s.conns[c] = struct{}{}
}

func (s *connSet) remove(c io.Closer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

func (s *connSet) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for c := range s.conns {
		c.Close()
	}
}

// state tracks connections that have not sent a request yet. http.Server.Shutdown would wait 5 s
// for each of them.
func (s *connSet) state(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.add(c)
	case http.StateIdle:
	case http.StateActive:
		served, ok := c.(*servedConn)
		if ok {
			served.Heads.waiting.Store(true)
		}
		if !ok || served.Begin() {
			s.remove(c)
		}
	default:
		s.remove(c)
	}
}

// addrs is a set of listening addresses. The zero value is ready.
type addrs struct {
	mu   sync.RWMutex
	list []net.Addr
}

func (a *addrs) add(addr net.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = append(a.list, addr)
}

// contain reports whether f holds for one of the addresses.
func (a *addrs) contain(f func(own *net.TCPAddr) bool) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return slices.ContainsFunc(a.list, func(addr net.Addr) bool {
		own, ok := addr.(*net.TCPAddr)
		return ok && f(own)
	})
}

// everywhere reports whether a listener of this port accepts connections to all addresses.
func (a *addrs) everywhere(port int) bool {
	return a.contain(func(own *net.TCPAddr) bool { return own.Port == port && own.IP.IsUnspecified() })
}

// has reports whether a listener has exactly this address.
func (a *addrs) has(addr netip.AddrPort) bool {
	return a.contain(func(own *net.TCPAddr) bool { return own.AddrPort() == addr })
}

// leadsBack reports whether c, which this process has dialled, is connected to one of the
// listeners.
func (a *addrs) leadsBack(c net.Conn) bool {
	remote, ok1 := c.RemoteAddr().(*net.TCPAddr)
	local, ok2 := c.LocalAddr().(*net.TCPAddr)
	return ok1 && ok2 && a.contain(func(own *net.TCPAddr) bool {
		everywhere := own.IP.IsUnspecified() && (remote.IP.IsLoopback() || remote.IP.Equal(local.IP))
		return own.Port == remote.Port && (own.IP.Equal(remote.IP) || everywhere)
	})
}
