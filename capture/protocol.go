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

// speaks is what a transport speaks with upstreams.
type speaks int

const (
	// speaksOld is HTTP/1.1.
	speaksOld speaks = iota
	// speaksNew is HTTP/2 where the upstream has it, with TLS, and else HTTP/1.1.
	speaksNew
	// speaksBare is HTTP/2 without TLS, which an upstream is known to speak or not (RFC 9113, section 3.3).
	speaksBare
	allSpeak
)

// transports are one for each way to speak with an upstream.
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

// roundTrip sends a request in the protocol that its client speaks, as it would go without a proxy. An upstream that
// turns out to speak HTTP/2 only is asked again that way, and from then on at once.
func (x *exchange) roundTrip(r *http.Request) (*http.Response, error) {
	p := x.p
	ts := p.transportsTo(r.URL.Scheme, r.URL.Host)
	s := p.speaksFor(r)
	resp, err := ts[s].RoundTrip(r)
	if s == speaksOld && err != nil && refusesHTTP1(err) {
		p.modern.add(r.URL.Host)
		resp, err = ts[speaksNew].RoundTrip(r)
	}
	return resp, err
}

func (p *Proxy) speaksFor(r *http.Request) speaks {
	switch {
	case r.URL.Scheme == "http" && r.ProtoMajor == 2:
		return speaksBare
	case r.URL.Scheme == "http", upgrade(r.Header) != "":
		return speaksOld
	case r.ProtoMajor == 2, p.modern.has(r.URL.Host):
		return speaksNew
	}
	return speaksOld
}

// refusesHTTP1 says that an upstream refused the handshake since HTTP/1.1 was all that it was offered.
func refusesHTTP1(err error) bool {
	const noApplicationProtocol = tls.AlertError(120) // RFC 7301, section 3.2
	var op *net.OpError                               // how crypto/tls wraps an alert that it received, of a type that it keeps to itself
	return errors.As(err, &op) && op.Op == "remote error" && op.Err.Error() == noApplicationProtocol.Error()
}

// unread is a request's body that can be sent again as long as there was no connection to send it on: transports
// close it when they cannot connect. What is never closed net/http's server closes.
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

// maxHosts bounds a hostSet: one that is full begins anew, and what it knew is found out again.
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
