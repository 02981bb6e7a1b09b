package servedconn

import (
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// countedConn counts the calls of a connection.
type countedConn struct {
	net.Conn
	reads, deadlines int
}

func (c *countedConn) Read(p []byte) (int, error) {
	c.reads++
	return c.Conn.Read(p)
}

func (c *countedConn) SetReadDeadline(t time.Time) error {
	c.deadlines++
	return c.Conn.SetReadDeadline(t)
}

func (c *countedConn) SetDeadline(t time.Time) error {
	c.deadlines++
	return c.Conn.SetDeadline(t)
}

// deferred is a connection with a Deadline.
type deferred struct {
	net.Conn
	d Deadline
}

func (c *deferred) Read(p []byte) (int, error)         { return c.d.Read(c.Conn, p) }
func (c *deferred) SetReadDeadline(t time.Time) error  { return c.d.SetRead(c.Conn, t) }
func (c *deferred) SetWriteDeadline(t time.Time) error { return c.d.SetWrite(c.Conn, t) }
func (c *deferred) SetDeadline(t time.Time) error      { return c.d.SetBoth(c.Conn, t) }

// served returns a connection as net/http serves it, what counts its calls, and its peer.
func served(t *testing.T) (*Conn, *countedConn, net.Conn) {
	ours, peer := net.Pipe()
	t.Cleanup(func() { ours.Close(); peer.Close() })
	below := &countedConn{Conn: ours}
	return New(&deferred{Conn: below}), below, peer
}

type readResult struct {
	n   int
	err error
}

// watch reads one byte as net/http does while a handler runs.
func watch(c *Conn) <-chan readResult {
	c.SetReadDeadline(time.Time{})
	done := make(chan readResult, 1)
	go func() {
		n, err := c.Read(make([]byte, 1))
		done <- readResult{n, err}
	}()
	return done
}

// TestWatchThatEndsEarly checks that a read that is ended before watchDelay never reaches the
// connection, nor does its deadline, and that later reads work.
func TestWatchThatEndsEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, below, peer := served(t)
		for _, deadline := range []time.Time{time.Unix(1, 0), time.Now(), time.Unix(1, 0)} {
			start := time.Now()
			done := watch(c)
			synctest.Wait()
			c.SetReadDeadline(deadline)
			if r := <-done; r.n != 0 || !errors.Is(r.err, os.ErrDeadlineExceeded) || time.Since(start) != 0 {
				t.Errorf("%d, %v after %v", r.n, r.err, time.Since(start))
			}
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("a read after the deadline: %v", err)
			}
			c.SetReadDeadline(time.Time{})
		}
		if below.reads != 0 || below.deadlines != 0 {
			t.Errorf("%d reads and %d deadlines reach the connection", below.reads, below.deadlines)
		}
		go peer.Write([]byte("next"))
		c.SetReadDeadline(time.Now().Add(time.Minute))
		if n, err := c.Read(make([]byte, 10)); n != 4 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	})
}

// TestWatch checks that a watched client is noticed when it sends, when it leaves, and when the
// connection is closed, and that such a read can be ended.
func TestWatch(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(c *Conn, peer net.Conn)
		n    int
		err  error
		took time.Duration
	}{
		{"the client sends", func(_ *Conn, peer net.Conn) { peer.Write([]byte("x")) }, 1, nil, watchDelay},
		{"the client leaves", func(_ *Conn, peer net.Conn) { peer.Close() }, 0, errAny, watchDelay},
		{"the deadline is removed once more", func(c *Conn, peer net.Conn) {
			c.SetReadDeadline(time.Time{})
			peer.Write([]byte("x"))
		}, 1, nil, watchDelay},
		{"a deadline is set", func(c *Conn, peer net.Conn) {
			c.SetReadDeadline(time.Now().Add(time.Second))
		}, 0, os.ErrDeadlineExceeded, time.Second},
		{"the server closes", func(c *Conn, _ net.Conn) { c.Close() }, 0, errAny, 0},
		{"the handler ends", func(c *Conn, _ net.Conn) {
			time.Sleep(2 * watchDelay)
			c.SetReadDeadline(time.Unix(1, 0))
		}, 0, os.ErrDeadlineExceeded, 2 * watchDelay},
		{"both at the same time", func(c *Conn, _ net.Conn) {
			time.Sleep(watchDelay)
			c.SetReadDeadline(time.Unix(1, 0))
		}, 0, os.ErrDeadlineExceeded, watchDelay},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _, peer := served(t)
				start := time.Now()
				done := watch(c)
				synctest.Wait()
				go tt.do(c, peer)
				r := <-done
				if took := time.Since(start); r.n != tt.n || took != tt.took ||
					tt.err == errAny && r.err == nil || tt.err != errAny && !errors.Is(r.err, tt.err) {
					t.Errorf("%d, %v after %v", r.n, r.err, took)
				}
			})
		})
	}
}

var errAny = errors.New("any error")

// TestReadAtOnce checks that only the first read of one byte after the deadline was removed is
// delayed.
func TestReadAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, peer := served(t)
		go peer.Write([]byte("abcd"))
		for i, tt := range []struct {
			clear bool
			size  int
			took  time.Duration
		}{{false, 1, 0}, {true, 1, watchDelay}, {false, 1, 0}, {true, 2, 0}} {
			if tt.clear {
				c.SetReadDeadline(time.Time{})
			}
			start := time.Now()
			if n, err := c.Read(make([]byte, tt.size)); n != 1 || err != nil || time.Since(start) != tt.took {
				t.Errorf("read %d: %d bytes, %v after %v", i, n, err, time.Since(start))
			}
		}
	})
}

// TestWakeOnce checks that a watch which is ended several times, before it notices, is woken once.
func TestWakeOnce(t *testing.T) {
	c, _, _ := served(t)
	c.waiting, c.wake = true, make(chan struct{}, 1) // as during a read
	for range 2 {
		c.SetReadDeadline(time.Unix(1, 0))
		c.SetDeadline(time.Unix(1, 0))
		c.Close()
	}
	if len(c.wake) != 1 {
		t.Errorf("woken %d times", len(c.wake))
	}
}

// TestWatchAfterRace checks that a watch takes its whole time although the one before was woken at the
// moment when its time ended.
func TestWatchAfterRace(t *testing.T) {
	for range 50 { // which of the two comes first is left to chance
		synctest.Test(t, func(t *testing.T) {
			c, _, peer := served(t)
			done := watch(c)
			time.Sleep(watchDelay)
			c.SetReadDeadline(time.Unix(1, 0))
			<-done
			go peer.Write([]byte("x"))
			start := time.Now()
			if r := <-watch(c); r.n != 1 || r.err != nil || time.Since(start) != watchDelay {
				t.Errorf("%d, %v after %v", r.n, r.err, time.Since(start))
			}
		})
	}
}

// TestDeadlines checks that reads end at the newest deadline, whatever deadlines were set before,
// and that later deadlines are not passed on at once.
func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, below, _ := served(t)
		read := func(want time.Duration) {
			t.Helper()
			start := time.Now()
			_, err := c.Read(make([]byte, 10))
			if took := time.Since(start); took != want || !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%v after %v, want %v", err, took, want)
			}
		}
		for _, d := range []time.Duration{time.Second, time.Minute, time.Second, -time.Second, 3 * time.Second} {
			c.SetReadDeadline(time.Now().Add(d))
			read(max(d, 0))
		}
		c.SetReadDeadline(time.Now().Add(time.Second))
		before := below.deadlines
		for range 100 {
			c.SetReadDeadline(time.Now().Add(time.Minute))
			c.SetReadDeadline(time.Time{})
		}
		if below.deadlines != before {
			t.Errorf("%d deadlines are passed on", below.deadlines-before)
		}
		go func() { // in the middle of a read
			time.Sleep(2 * time.Second)
			c.SetReadDeadline(time.Now().Add(time.Hour))
			time.Sleep(time.Second)
			c.SetReadDeadline(time.Now().Add(time.Second))
		}()
		read(4 * time.Second)
		c.SetDeadline(time.Now().Add(time.Second))
		read(time.Second)
		for _, clear := range []func(time.Time) error{c.SetDeadline, c.SetReadDeadline} { // after a deadline that the connection does not know
			c.SetReadDeadline(time.Time{})
			done := watch(c)
			synctest.Wait()
			c.SetReadDeadline(time.Unix(1, 0))
			<-done
			clear(time.Now().Add(time.Second))
			read(time.Second)
		}
		c.SetDeadline(time.Time{})
		if err := c.SetWriteDeadline(time.Time{}); err != nil {
			t.Error(err)
		}
	})
}

// TestWriteDeadlines checks that writes end at the newest deadline, whichever call has set it, and
// that none is passed on to a connection without one.
func TestWriteDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, peer := served(t)
		write := func(want time.Duration) {
			t.Helper()
			start := time.Now()
			_, err := c.Write([]byte("x")) // nobody reads
			if took := time.Since(start); took != want || !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%v after %v, want %v", err, took, want)
			}
		}
		passes := func() {
			t.Helper()
			time.AfterFunc(time.Hour, func() { peer.Read(make([]byte, 1)) })
			if _, err := c.Write([]byte("x")); err != nil {
				t.Errorf("without a deadline: %v", err)
			}
		}
		passes()
		for range 2 {
			c.SetWriteDeadline(time.Now().Add(time.Second))
			write(time.Second)
			c.SetWriteDeadline(time.Now().Add(time.Minute))
			write(time.Minute)
			c.SetWriteDeadline(time.Time{})
			passes()
			c.SetDeadline(time.Now().Add(time.Second))
			write(time.Second)
			c.SetWriteDeadline(time.Time{})
			passes()
			c.SetDeadline(time.Now().Add(time.Second))
			c.SetDeadline(time.Time{})
			passes()
		}
	})
}

// scriptedConn returns results in turn, and notes deadlines.
type scriptedConn struct {
	net.Conn
	results   []readResult
	deadlines int
}

func (c *scriptedConn) Read([]byte) (int, error) {
	r := c.results[0]
	c.results = c.results[1:]
	return r.n, r.err
}

func (c *scriptedConn) SetReadDeadline(time.Time) error {
	c.deadlines++
	return nil
}

// TestReadResults checks that a read is repeated only after an earlier deadline, and that no bytes are
// lost.
func TestReadResults(t *testing.T) {
	data, last := readResult{3, nil}, readResult{0, errAny}
	for _, tt := range []struct {
		name string
		want readResult
		more int // reads before it, which meet an earlier deadline
	}{
		{"data", data, 0},
		{"an error", last, 0},
		{"data and an error", readResult{3, errAny}, 0},
		{"data until the deadline", readResult{3, os.ErrDeadlineExceeded}, 0},
		{"data after an earlier deadline", data, 1},
		{"an error after two of them", last, 2},
	} {
		c := &scriptedConn{}
		for range tt.more {
			c.results = append(c.results, readResult{0, os.ErrDeadlineExceeded})
		}
		c.results = append(c.results, tt.want, data)
		var d Deadline
		if n, err := d.Read(c, nil); n != tt.want.n || err != tt.want.err || len(c.results) != 1 || c.deadlines != tt.more {
			t.Errorf("%s: %d bytes, %v, %d deadlines, %d results are left", tt.name, n, err, c.deadlines, len(c.results))
		}
	}
}

// TestBelow checks what is below a connection, and that it begins once.
func TestBelow(t *testing.T) {
	ours, _ := net.Pipe()
	c := New(ours)
	if Below(c) != ours || Below(ours) != ours {
		t.Error("another connection is below")
	}
	if !c.Begin() || c.Begin() || c.Begin() {
		t.Error("it does not begin once")
	}
}
