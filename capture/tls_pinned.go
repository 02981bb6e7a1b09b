package capture

import (
	"cmp"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// DefaultPassthrough is how long the connections of a client that refuses our certificate are
// tunnelled to a host.
const DefaultPassthrough = 10 * time.Minute

const (
	// The evidence that a client pins the real certificate. An alert is clear. A connection that
	// the client closes after it saw the certificate and before it sent a byte may have another
	// reason. Two alerts or three closed connections in a row are enough to tunnel the client's
	// connections to a host.
	alertWeight = 3
	quitWeight  = 2
	enough      = 6
	// quitTime is the time within which a client that checks the certificate after the handshake
	// closes the connection. A client that connects in advance, as browsers do, keeps it longer.
	quitTime = time.Second
	// maxRefusers bounds the number of clients that are remembered.
	maxRefusers = 4096
)

// refusers records which clients refuse our certificate for which hosts, and which accept it.
type refusers struct {
	keep time.Duration
	now  func() time.Time

	mu    sync.Mutex
	byKey map[refuser]*refusal
}

// refuser identifies a program, by its address and its TLS offers, and the host that it connects
// to.
type refuser struct {
	client, host string
	print        uint64
}

type refusal struct {
	weight int
	spoke  bool // the client sent a request recently
	last   time.Time
}

func newRefusers(keep time.Duration) *refusers {
	return &refusers{keep: keep, now: time.Now, byKey: make(map[refuser]*refusal)}
}

// refused records a refusal and reports whether the client's connections to the host are tunnelled
// from now on. A client that sent requests recently has closed a connection for another reason.
func (r *refusers) refused(k refuser, weight int) (begins bool) {
	if r.keep < 0 || weight == 0 {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.entry(k)
	if e.spoke && weight < alertWeight {
		return false
	}
	before := e.weight
	e.weight += weight
	e.last = r.now()
	return before < enough && e.weight >= enough
}

// entry returns the record of a client, or an empty one if the record is old. The caller holds mu.
func (r *refusers) entry(k refuser) *refusal {
	now := r.now()
	e := r.byKey[k]
	if e == nil || now.Sub(e.last) > r.keep {
		if len(r.byKey) >= maxRefusers {
			r.forget(now)
		}
		e = &refusal{last: now}
		r.byKey[k] = e
	}
	return e
}

// accepted records that the client trusts our certificate: it sent a request.
func (r *refusers) accepted(k refuser) {
	if r.keep < 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.entry(k)
	e.weight, e.spoke, e.last = 0, true, r.now()
}

// passes reports whether a connection is tunnelled. After the time has passed, the client is tried
// again.
func (r *refusers) passes(k refuser) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.byKey[k]
	return e != nil && e.weight >= enough && r.now().Sub(e.last) <= r.keep
}

// hosts returns the hosts with tunnelled clients, sorted.
func (r *refusers) hosts() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for k, e := range r.byKey {
		if e.weight >= enough && r.now().Sub(e.last) <= r.keep {
			out = append(out, k.host)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// forget makes room by removing expired records, or else the least recently used one. The caller
// holds mu.
func (r *refusers) forget(now time.Time) {
	oldest := slices.MinFunc(keys(r.byKey), func(a, b refuser) int {
		return cmp.Compare(r.byKey[a].last.UnixNano(), r.byKey[b].last.UnixNano())
	})
	for k, e := range r.byKey {
		if k == oldest || now.Sub(e.last) > r.keep {
			delete(r.byKey, k)
		}
	}
}

func keys(m map[refuser]*refusal) []refuser {
	out := make([]refuser, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}

// distrust returns the weight of an error at the end of a handshake, or of a connection directly
// after it, as evidence that the client will never accept our certificate.
func distrust(err error) (weight int) {
	const userCanceled = tls.AlertError(90) // RFC 8446, section 6.1: another reason
	var op *net.OpError                     // crypto/tls wraps a received alert in this way
	switch {
	case errors.As(err, &op) && op.Op == "remote error" && op.Err.Error() != userCanceled.Error():
		return alertWeight
	case err != nil && strings.HasPrefix(err.Error(), "tls: "):
		return alertWeight // crypto/tls found no common version or cipher: the client is too old
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return quitWeight
	}
	return 0
}

// refuse records that the handshake with a client failed with err.
func (p *Proxy) refuse(c *clientConn, err error) {
	p.stats.handshakes.Add(1)
	weight := distrust(err)
	if !c.certified && weight == quitWeight || c.print == 0 {
		weight = 0 // it left before it saw a certificate, or does not speak TLS
	}
	if p.pins.refused(c.refuser(), weight) {
		p.log.Warn("a client refuses our certificate: its connections to the host are tunnelled", "host", c.authority, "for", p.cfg.Passthrough)
		return
	}
	p.log.Info("a client left at the TLS handshake", "host", c.authority, "err", err)
}

// innerState watches the first action of clients after the handshake. Some clients that pin a
// certificate check it only then, and close the connection, with an alert or without.
func (p *Proxy) innerState(conn net.Conn, state http.ConnState) {
	p.conns.state(conn, state)
	tc, c := secured(conn)
	switch {
	case tc == nil || c.spoke:
	case state == http.StateActive:
		c.spoke = true
		p.pins.accepted(c.refuser())
	case state == http.StateClosed:
		p.leftEarly(c, tc)
	}
}

// leftEarly records a client that closed its connection after the handshake without sending a byte.
// tc is closed on our side too, and returns its error again.
func (p *Proxy) leftEarly(c *clientConn, tc *tls.Conn) {
	if p.pins.now().Sub(c.handshakeDone) >= quitTime {
		return
	}
	if _, err := tc.Read(make([]byte, 1)); distrust(err) > 0 {
		p.refuse(c, err)
	}
}

// refuser returns the identity of the connection's client and host.
func (c *clientConn) refuser() refuser { return refuser{clientOf(c), c.authority, c.print} }

func clientOf(c net.Conn) string {
	host, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		return ""
	}
	return host
}
