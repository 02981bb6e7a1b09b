package capture

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spectap/spectap/flow"
)

// DefaultPassthrough is how long the connections to a host are tunnelled for a client that refuses
// the proxy's certificate.
const DefaultPassthrough = 10 * time.Minute

const (
	// Weights of the evidence that a client pins the real certificate. An alert is clear evidence.
	// A client that closes the connection after it saw the certificate, and before it sent a byte,
	// may have another reason. At tunnelWeight, that is after two alerts or three closed
	// connections in a row, the client's connections to the host are tunnelled.
	alertWeight  = 3
	quitWeight   = 2
	tunnelWeight = 6
	// quitTime is the time within which a client that checks the certificate after the handshake
	// closes the connection. A client that connects in advance, as browsers do, keeps it longer.
	quitTime = time.Second
	// maxRefusers bounds the number of records.
	maxRefusers = 4096
)

// refusers records which clients refuse the proxy's certificate for which hosts, and which accept
// it. Records expire after ttl.
type refusers struct {
	ttl time.Duration
	now func() time.Time

	mu    sync.Mutex
	byKey map[refuser]*refusal
}

// refuser identifies a program, by its address and its TLS offers, and the host that it connects
// to.
type refuser struct {
	client, host string
	fingerprint  uint64
}

// refusal is the record of one refuser.
type refusal struct {
	weight int
	quits  int64 // connections that the client closed without an alert, since it last sent a request
	spoke  bool  // the client sent a request recently
	last   time.Time
}

func newRefusers(ttl time.Duration) *refusers {
	return &refusers{ttl: ttl, now: time.Now, byKey: make(map[refuser]*refusal)}
}

// refused records a refusal. It reports whether that is one, and the weight of all in a row. A
// client that sent requests recently has closed a connection for another reason.
func (r *refusers) refused(k refuser, weight int) (isRefusal bool, all int) {
	if r.ttl < 0 || weight == 0 {
		return true, 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.entry(k)
	if weight < alertWeight {
		if e.spoke {
			return false, 0
		}
		e.quits++
	}
	e.weight += weight
	e.last = r.now()
	return true, e.weight
}

// entry returns the record of a client, or an empty one if the record is old. The caller holds mu.
func (r *refusers) entry(k refuser) *refusal {
	now := r.now()
	e := r.byKey[k]
	if e == nil || now.Sub(e.last) > r.ttl {
		if len(r.byKey) >= maxRefusers {
			r.evict(now)
		}
		e = &refusal{last: now}
		r.byKey[k] = e
	}
	return e
}

// accepted records that the client trusts the proxy's certificate, because it sent a request. It
// returns how many connections the client closed before, which it did for another reason.
func (r *refusers) accepted(k refuser) (quits int64) {
	if r.ttl < 0 {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.entry(k)
	quits = e.quits
	e.weight, e.quits, e.spoke, e.last = 0, 0, true, r.now()
	return quits
}

// passes reports whether a connection is tunnelled. Once the record has expired, the client gets
// the proxy's certificate again.
func (r *refusers) passes(k refuser) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.byKey[k]
	return e != nil && e.weight >= tunnelWeight && r.now().Sub(e.last) <= r.ttl
}

// hosts returns the hosts with tunnelled clients, sorted.
func (r *refusers) hosts() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for k, e := range r.byKey {
		if e.weight >= tunnelWeight && r.now().Sub(e.last) <= r.ttl {
			out = append(out, k.host)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// evict makes room by removing expired records, or else the least recently used one. The caller
// holds mu.
func (r *refusers) evict(now time.Time) {
	oldest := slices.MinFunc(slices.Collect(maps.Keys(r.byKey)), func(a, b refuser) int {
		return cmp.Compare(r.byKey[a].last.UnixNano(), r.byKey[b].last.UnixNano())
	})
	maps.DeleteFunc(r.byKey, func(k refuser, e *refusal) bool { return k == oldest || now.Sub(e.last) > r.ttl })
}

// refusalWeight returns the weight of an error as evidence that the client will never accept the
// proxy's certificate. The error has ended the handshake, or the connection directly after it.
func refusalWeight(err error) (weight int) {
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

// refuse records that the handshake with a client failed with err. A clear refusal, the second of
// those that are not, and the end of recording that follows from several are flows: one of each for
// a host in DefaultPassthrough, since programs try again without an end.
func (p *Proxy) refuse(c *clientConn, err error) {
	weight := refusalWeight(err)
	if !c.certified && weight == quitWeight {
		p.log.Info("a client left before it saw a certificate", "host", c.authority, "err", err)
		return
	}
	if c.page {
		p.stats.handshakes.Add(1)
		return // the page asks until the CA is trusted, and nothing else answers
	}
	if c.fingerprint == 0 {
		weight = 0 // it does not speak TLS
	}
	isRefusal, all := p.pins.refused(c.refuser(), weight)
	begins := all >= tunnelWeight && all-weight < tunnelWeight // to be tunnelled
	if !isRefusal {
		p.log.Info("a client that trusts the certificate closed a connection", "host", c.authority, "err", err)
		return
	}
	p.stats.handshakes.Add(1)
	isClear := c.certified && (weight == alertWeight || isPlainAlert(err))
	if !isClear && all < 2*quitWeight {
		p.log.Info("a client refused the proxy's certificate, or left at the TLS handshake", "host", c.authority, "err", err)
		return
	}
	host, why, after := NormalizeAuthority("https", c.authority), "the client refused the proxy's certificate", ""
	if !isClear && !begins {
		why = "the client closed two connections when it saw the proxy's certificate"
	}
	if !c.certified {
		why = "the client has no TLS version or cipher in common with the proxy"
	}
	if begins && p.cfg.Guard == nil { // which denies instead
		after = fmt.Sprintf("; its connections to the host now pass through unrecorded, for %v", p.cfg.Passthrough)
	}
	if !p.refusing.add(fmt.Sprint(host, why, after, p.pins.now().Truncate(DefaultPassthrough).Unix())) {
		return
	}
	try := "spectap ca install   # or, to leave the host alone: --exclude " + host
	p.log.Warn(why+after, "host", host, "try", try)
	p.recordUnsent(flow.Request{Method: http.MethodConnect, Scheme: "https", Authority: host, Path: "/", Proto: "HTTP/1.1"},
		nil, why+after+". Try: "+try)
}

// isPlainAlert reports whether an error of the handshake is what becomes of OpenSSL's alert about a
// certificate of TLS 1.3, which it does not encrypt.
func isPlainAlert(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "local error" && op.Err.Error() == tls.AlertError(20).Error() // bad_record_mac
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
		p.stats.handshakes.Add(-p.pins.accepted(c.refuser()))
	case state == http.StateClosed:
		p.leftEarly(c, tc)
	}
}

// leftEarly records a client that closed its connection after the handshake without sending a byte.
// The proxy has closed tc too, and tc returns the client's error again.
func (p *Proxy) leftEarly(c *clientConn, tc *tls.Conn) {
	if p.pins.now().Sub(c.handshakeDone) >= quitTime {
		return
	}
	if _, err := tc.Read(make([]byte, 1)); refusalWeight(err) > 0 {
		p.refuse(c, err)
	}
}

// refuser returns the identity of the connection's client and host.
func (c *clientConn) refuser() refuser { return refuser{clientOf(c), c.authority, c.fingerprint} }

func clientOf(c net.Conn) string {
	host, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		return ""
	}
	return host
}
