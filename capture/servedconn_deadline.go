package capture

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// lazyDeadline defers changes of a connection's read deadline. net/http changes it five times per
// request, each time with a change of a timer, and nearly always to a later one. A later deadline
// is noted, and set only when a read meets the earlier one. All deadlines and reads of the
// connection must pass its Deadline, until [lazyDeadline.SetBoth] has set both at once. The zero
// value is for a new connection. A Deadline is safe for concurrent use.
type lazyDeadline struct {
	mu      sync.Mutex // guards the fields below
	want    time.Time  // of reads; zero for no deadline
	set     time.Time  // of reads of the connection, no later than want
	onWrite bool       // the connection has a write deadline
}

// SetRead sets the read deadline of c.
func (d *lazyDeadline) SetRead(c net.Conn, t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.want = t
	if d.set.IsZero() && t.IsZero() || !d.set.IsZero() && (t.IsZero() || !t.Before(d.set)) {
		return nil
	}
	d.set = t
	return c.SetReadDeadline(t)
}

// SetWrite sets the write deadline of c.
func (d *lazyDeadline) SetWrite(c net.Conn, t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t.IsZero() && !d.onWrite {
		return nil
	}
	d.onWrite = !t.IsZero()
	return c.SetWriteDeadline(t)
}

// SetBoth sets both deadlines of c at once.
func (d *lazyDeadline) SetBoth(c net.Conn, t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.want, d.set, d.onWrite = t, t, !t.IsZero()
	return c.SetDeadline(t)
}

// Read reads from c until the read deadline.
func (d *lazyDeadline) Read(c net.Conn, p []byte) (int, error) {
	for {
		n, err := c.Read(p)
		if err == nil || n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) || !d.renew(c) {
			return n, err
		}
	}
}

// renew sets the wanted deadline. It returns false if that has passed too.
func (d *lazyDeadline) renew(c net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.want.IsZero() && time.Until(d.want) <= 0 {
		return false
	}
	d.set = d.want
	return c.SetReadDeadline(d.want) == nil
}
