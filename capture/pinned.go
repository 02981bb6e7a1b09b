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

// DefaultPassthrough is how long a host is passed through whose client refuses our certificate.
const DefaultPassthrough = 10 * time.Minute

const (
	// What speaks for a client that knows (pins) the real certificate: an alert speaks plainly, a connection that
	// is closed once the certificate was seen, before a word was said on it, may have another reason. Two of the
	// one or three of the other, in a row, are enough for a client's connections to a host to pass.
	alertWeight = 3
	quitWeight  = 2
	enough      = 6
	// quitTime is how soon a client that looks at the certificate after the handshake closes the connection. One
	// that connected in advance, as browsers do, keeps it for longer.
	quitTime = time.Second
	// maxRefusers bounds the memory for clients.
	maxRefusers = 4096
)

// refusers remembers which clients refuse our certificate for which hosts, and which do not.
type refusers struct {
	keep time.Duration
	now  func() time.Time

	mu    sync.Mutex
	byKey map[refuser]*refusal
}

// refuser is a program, as far as its address and what it offers with TLS tell, and the host that it connects to.
type refuser struct {
	client, host string
	print        uint64
}

type refusal struct {
	weight int
	spoke  bool // the client sent a request lately
	last   time.Time
}

func newRefusers(keep time.Duration) *refusers {
	return &refusers{keep: keep, now: time.Now, byKey: make(map[refuser]*refusal)}
}

// refused notes a refusal and says whether the client's connections to the host pass from now on. A client that sent
// requests lately had another reason to close a connection than our certificate.
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

// entry returns what is known of a client, nothing if that is long ago. It is called with mu held.
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

// accepted notes that the client does trust us: it sent a request.
func (r *refusers) accepted(k refuser) {
	if r.keep < 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.entry(k)
	e.weight, e.spoke, e.last = 0, true, r.now()
}

// passes says whether a connection is to be passed through. Once the time is over the client is tried again.
func (r *refusers) passes(k refuser) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.byKey[k]
	return e != nil && e.weight >= enough && r.now().Sub(e.last) <= r.keep
}

// hosts lists the hosts that are passed through, sorted.
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

// forget makes room: what is over goes, else the one that was heard of least lately. It is called with mu held.
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

// distrust weighs what the end of a handshake, or of a connection right behind it, says about whether the client would
// ever be content with us: an alert, or that it left.
func distrust(err error) (weight int) {
	const userCanceled = tls.AlertError(90) // RFC 8446, section 6.1: for some other reason
	var op *net.OpError                     // how crypto/tls wraps an alert that it received
	switch {
	case errors.As(err, &op) && op.Op == "remote error" && op.Err.Error() != userCanceled.Error():
		return alertWeight
	case err != nil && strings.HasPrefix(err.Error(), "tls: "):
		return alertWeight // crypto/tls finds nothing in common with it, such as a version: it is too old for us
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return quitWeight
	}
	return 0
}

// refuse notes that a client and we did not come together, err being why.
func (p *Proxy) refuse(c *clientConn, err error) {
	p.stats.handshakes.Add(1)
	weight := distrust(err)
	if !c.certified && weight == quitWeight || c.print == 0 {
		weight = 0 // it left for another reason than a certificate that it had not seen, or is no client of TLS
	}
	if p.pins.refused(c.refuser(), weight) {
		p.log.Warn("a client refuses our certificate: passing its connections to the host through", "host", c.authority, "for", p.cfg.Passthrough)
		return
	}
	p.log.Info("a client left at the TLS handshake", "host", c.authority, "err", err)
}

// innerState watches what clients do first after the handshake. Those that look at the certificate only then, as
// some that pin it do, close the connection, with an alert or without.
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

// leftEarly notes a client that closed its connection without a word after the handshake. tc is closed on our side too,
// and tells its failure again.
func (p *Proxy) leftEarly(c *clientConn, tc *tls.Conn) {
	if p.pins.now().Sub(c.shaken) >= quitTime {
		return
	}
	if _, err := tc.Read(make([]byte, 1)); distrust(err) > 0 {
		p.refuse(c, err)
	}
}

// refuser is what the connection's client and host are known by.
func (c *clientConn) refuser() refuser { return refuser{clientOf(c), c.authority, c.print} }

func clientOf(c net.Conn) string {
	host, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		return ""
	}
	return host
}
