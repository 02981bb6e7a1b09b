package capture

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// transportKind selects the protocols that a transport may use.
type transportKind int

const (
	// transportHTTP1 is HTTP/1.1.
	transportHTTP1 transportKind = iota
	// transportHTTP2 is HTTP/2 over TLS if the upstream offers it, otherwise HTTP/1.1.
	transportHTTP2
	// transportH2C is HTTP/2 without TLS, with prior knowledge (RFC 9113, section 3.3).
	transportH2C
	transportKinds // number of kinds
)

// transports holds one transport of each kind.
type transports struct {
	of    [transportKinds]*http.Transport
	plain *directTransport // of[transportHTTP1] for what needs it; nil for a client's own connections
}

func (w *routes) newTransports() (t transports) {
	for s := range t.of {
		t.of[s] = w.newTransport(transportKind(s))
	}
	if w.own { // both would have connections, and only one of these is signed in
		return t
	}
	http1 := t.of[transportHTTP1]
	t.plain = newDirectTransport(http1, http1.DialContext, http1.DialTLSContext)
	t.plain.Keep = func(h http.Header) bool { return !signsConnection(h) }
	return t
}

// send sends a request by the transport of a kind.
func (t *transports) send(s transportKind, r *http.Request) (*http.Response, error) {
	if s == transportHTTP1 && t.plain != nil {
		return t.plain.RoundTrip(r)
	}
	return t.of[s].RoundTrip(r)
}

func (t *transports) close() {
	if t.plain != nil {
		t.plain.CloseIdleConnections()
	}
	for _, tr := range t.of {
		tr.CloseIdleConnections()
	}
}

// roundTrip sends a request in the protocol of its client, as if there were no proxy. If the
// upstream turns out to speak HTTP/2 only, the request is repeated that way, and later requests use
// HTTP/2 at once.
func (x *exchange) roundTrip(r *http.Request) (*http.Response, error) {
	p, w := x.p, x.routesFor(r)
	ts := w.transportsTo(r.URL.Scheme, r.URL.Host)
	s := p.transportFor(r, w.own && x.conn.upstream == nil)
	if s == transportHTTP1 && r.ProtoMajor == 1 {
		asSpelled(r.Header, x.f.Request.Header)
	}
	resp, err := ts.send(s, r)
	if s == transportHTTP1 && refusesHTTP1(err) {
		p.http2Only.add(r.URL.Host)
		resp, err = ts.send(transportHTTP2, r)
	}
	if err == nil && !w.own && resp.ProtoMajor == 1 && signsConnection(resp.Header) {
		x.separate()
		switch {
		case resp.Body == http.NoBody:
			x.upstream.Close()
		case resp.StatusCode != http.StatusSwitchingProtocols:
			resp.Body = &lastBody{resp.Body, x.upstream}
		}
	}
	return resp, err
}

// transportFor returns the kind of transport that sends a request. Servers sign in connections of
// HTTP/1.1 only, so own ones have that where the upstream allows it.
func (p *Proxy) transportFor(r *http.Request, own bool) transportKind {
	switch {
	case r.URL.Scheme == "http" && r.ProtoMajor == 2:
		return transportH2C
	case r.URL.Scheme == "http", upgradeProtocol(r.Header) != "":
		return transportHTTP1
	case r.ProtoMajor == 2 && !own, p.http2Only.has(r.URL.Host):
		return transportHTTP2
	}
	return transportHTTP1
}

// refusesHTTP1 reports whether an upstream refused the handshake because only HTTP/1.1 was offered.
func refusesHTTP1(err error) bool {
	const noApplicationProtocol = tls.AlertError(120) // RFC 7301, section 3.2
	var op *net.OpError                               // crypto/tls wraps a received alert in this way, with an unexported type
	return errors.As(err, &op) && op.Op == "remote error" && op.Err.Error() == noApplicationProtocol.Error()
}

// unread is a request body that can be sent again until a connection exists. A transport closes the
// body if it cannot connect; unread ignores that. net/http's server closes the body in the end.
type unread struct {
	io.ReadCloser
	reached *atomic.Bool // a connection to the upstream existed
}

func (b *unread) Close() error {
	if !b.reached.Load() {
		return nil
	}
	return b.ReadCloser.Close()
}

// hostSet is a set of hosts. The zero value is ready.
type hostSet struct {
	mu  sync.RWMutex
	all map[string]struct{}
}

// maxHosts bounds a hostSet. A full set is emptied, and its content is learned again.
const maxHosts = 4096

// add reports whether the host is new.
func (s *hostSet) add(host string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil || len(s.all) >= maxHosts {
		s.all = make(map[string]struct{})
	}
	before := len(s.all)
	s.all[host] = struct{}{}
	return len(s.all) > before
}

func (s *hostSet) has(host string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.all[host]
	return ok
}
