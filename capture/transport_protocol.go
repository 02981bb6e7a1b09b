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

// speaks is the protocol of a transport.
type speaks int

const (
	// speaksHTTP1 is HTTP/1.1.
	speaksHTTP1 speaks = iota
	// speaksHTTP2 is HTTP/2 over TLS if the upstream offers it, otherwise HTTP/1.1.
	speaksHTTP2
	// speaksH2C is HTTP/2 without TLS, with prior knowledge (RFC 9113, section 3.3).
	speaksH2C
	allSpeak
)

// transports has a transport for each protocol.
type transports [allSpeak]*http.Transport

func (p *Proxy) newTransports() (t transports) {
	for s := range t {
		t[s] = p.newTransport(speaks(s))
	}
	return t
}

func (t *transports) close() {
	for _, tr := range t {
		tr.CloseIdleConnections()
	}
}

// roundTrip sends a request in the protocol of its client, as if there were no proxy. If the
// upstream turns out to speak HTTP/2 only, the request is repeated that way, and later requests use
// HTTP/2 at once.
func (x *exchange) roundTrip(r *http.Request) (*http.Response, error) {
	p := x.p
	ts := p.transportsTo(r.URL.Scheme, r.URL.Host)
	s := p.speaksFor(r)
	resp, err := ts[s].RoundTrip(r)
	if s == speaksHTTP1 && err != nil && refusesHTTP1(err) {
		p.http2Only.add(r.URL.Host)
		resp, err = ts[speaksHTTP2].RoundTrip(r)
	}
	return resp, err
}

func (p *Proxy) speaksFor(r *http.Request) speaks {
	switch {
	case r.URL.Scheme == "http" && r.ProtoMajor == 2:
		return speaksH2C
	case r.URL.Scheme == "http", upgrade(r.Header) != "":
		return speaksHTTP1
	case r.ProtoMajor == 2, p.http2Only.has(r.URL.Host):
		return speaksHTTP2
	}
	return speaksHTTP1
}

// refusesHTTP1 reports whether an upstream refused the handshake because only HTTP/1.1 was offered.
func refusesHTTP1(err error) bool {
	const noApplicationProtocol = tls.AlertError(120) // RFC 7301, section 3.2
	var op *net.OpError                               // crypto/tls wraps a received alert in this way, with an unexported type
	return errors.As(err, &op) && op.Op == "remote error" && op.Err.Error() == noApplicationProtocol.Error()
}

// unread is a request body that can be sent again while no connection exists. A transport closes
// the body if it cannot connect; unread ignores that. net/http's server closes the body in the end.
type unread struct {
	io.ReadCloser
	reached *atomic.Bool
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

func (s *hostSet) add(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil || len(s.all) >= maxHosts {
		s.all = make(map[string]struct{})
	}
	s.all[host] = struct{}{}
}

func (s *hostSet) has(host string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.all[host]
	return ok
}
