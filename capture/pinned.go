package capture

import (
	"cmp"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"
)

// DefaultPassthrough is how long a host is passed through whose client refuses our certificate.
const DefaultPassthrough = 10 * time.Minute

const (
	// refusals is how many handshakes a client must refuse in a row before its connections to a host pass: a
	// single one may be chance.
	refusals = 2
	// maxRefusers bounds the memory for clients that refuse.
	maxRefusers = 4096
)

// refusers remembers which clients refuse our certificate for which hosts: those that know (pin) the real one.
type refusers struct {
	keep time.Duration
	now  func() time.Time

	mu    sync.Mutex
	byKey map[refuser]*refusal
}

type refuser struct{ client, host string }

type refusal struct {
	count int
	last  time.Time
}

func newRefusers(keep time.Duration) *refusers {
	return &refusers{keep: keep, now: time.Now, byKey: make(map[refuser]*refusal)}
}

// refused notes a refusal and says whether the client's connections to the host pass from now on.
func (r *refusers) refused(k refuser) (begins bool) {
	if r.keep < 0 {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	e := r.byKey[k]
	if e == nil || now.Sub(e.last) > r.keep {
		if len(r.byKey) >= maxRefusers {
			r.forget(now)
		}
		e = &refusal{}
		r.byKey[k] = e
	}
	e.count++
	e.last = now
	return e.count == refusals
}

// accepted notes that the client does trust us.
func (r *refusers) accepted(k refuser) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.byKey) > 0 {
		delete(r.byKey, k)
	}
}

// passes says whether a connection is to be passed through. Once the time is over the client is tried again.
func (r *refusers) passes(k refuser) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.byKey) == 0 {
		return false
	}
	e := r.byKey[k]
	return e != nil && e.count >= refusals && r.now().Sub(e.last) <= r.keep
}

// hosts lists the hosts that are passed through, sorted.
func (r *refusers) hosts() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for k, e := range r.byKey {
		if e.count >= refusals && r.now().Sub(e.last) <= r.keep {
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

// distrust tells a client that refuses the certificate from one that failed in another way: it sends an alert,
// or closes the connection once it has seen the certificate.
func distrust(err error) bool {
	var op *net.OpError // how crypto/tls wraps an alert that it received
	var alert tls.AlertError
	if errors.As(err, &op) && op.Op == "remote error" || errors.As(err, &alert) {
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
}

func clientOf(c net.Conn) string {
	host, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		return ""
	}
	return host
}
