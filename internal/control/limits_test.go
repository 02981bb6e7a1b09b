package control

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// closing is a store that counts its calls of Close.
type closing struct {
	*brokenStore
	closed atomic.Int32
}

func (c *closing) Close() error { c.closed.Add(1); return nil }

// TestLeaseIdle checks that a lease closes its store once nobody has used it for a while, and not
// while a scan is in progress.
func TestLeaseIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := storetest.NewMemory()
		if _, err := m.Append(t.Context(), sample("/1"), sample("/2")); err != nil {
			t.Fatal(err)
		}
		var stores []*closing
		l := NewLease(func(store.Options) (Store, error) {
			stores = append(stores, &closing{brokenStore: &brokenStore{Memory: m}})
			return stores[len(stores)-1], nil
		})
		use := func() {
			t.Helper()
			if _, err := l.Secret(t.Context()); err != nil {
				t.Error(err)
			}
		}
		check := func(when string, opened int, isClosed bool) {
			t.Helper()
			synctest.Wait()
			last := stores[len(stores)-1]
			if len(stores) != opened || (last.closed.Load() > 0) != isClosed {
				t.Errorf("%s: opened %d times, closed %t; want %d, %t", when, len(stores), last.closed.Load() > 0, opened, isClosed)
			}
			for _, st := range stores {
				if st.closed.Load() > 1 {
					t.Errorf("%s: closed %d times", when, st.closed.Load())
				}
			}
		}
		use()
		time.Sleep(leaseIdle - 1)
		check("before the time", 1, false)
		use()
		time.Sleep(leaseIdle - 1)
		check("used again", 1, false)
		time.Sleep(time.Nanosecond)
		check("unused", 1, true)
		for range l.Scan(t.Context(), store.Query{}) {
			use()
			time.Sleep(10 * leaseIdle)
			check("during a scan", 2, false)
			break
		}
		time.Sleep(leaseIdle)
		check("after the scan", 2, true)
		use()
		if err := l.Suspend(func() error {
			check("suspended", 3, true)
			return errProtocol
		}); !errors.Is(err, errProtocol) {
			t.Error(err)
		}
		for range l.Scan(t.Context(), store.Query{}) {
			l.Close()
			check("closed during a scan", 4, true)
			break
		}
		l.Close()
	})
}

// TestSilentPeers checks that neither side waits for a silent one longer than the time for the
// greeting, and that an operation may take longer.
func TestSilentPeers(t *testing.T) {
	serve := func(st store.Store) (net.Conn, chan error) {
		client, server := net.Pipe()
		ended := make(chan error, 1)
		s := &Server{cfg: Config{Store: st}}
		go func() {
			ended <- s.handle(context.Background(), server)
			server.Close()
			s.wg.Wait()
		}()
		return client, ended
	}
	for _, tt := range []struct {
		name string
		send func(net.Conn)
	}{
		{"no greeting", func(net.Conn) {}},
		{"half a greeting", func(c net.Conn) { io.WriteString(c, greeting[:4]) }},
		{"no request", func(c net.Conn) {
			io.WriteString(c, greeting)
			io.ReadFull(c, make([]byte, len(greeting)))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, ended := serve(storetest.NewMemory())
				defer client.Close()
				begin := time.Now()
				tt.send(client)
				if err := <-ended; err == nil || time.Since(begin) != greetTimeout {
					t.Errorf("ended after %v: %v", time.Since(begin), err)
				}
			})
		})
	}
	t.Run("long operation", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := storetest.NewMemory()
			client, ended := serve(m)
			x := &call{wire: newWire(client), conn: client}
			if err := x.greet(request{Op: opWatch}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * greetTimeout)
			if _, err := m.Append(t.Context(), sample("/late")); err != nil {
				t.Fatal(err)
			}
			if kind, _, err := x.next(); kind != frameFlow || err != nil {
				t.Errorf("frame %q, %v", kind, err)
			}
			client.Close()
			<-ended
		})
	})
	t.Run("silent owner", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client, server := net.Pipe()
			defer server.Close()
			go io.Copy(io.Discard, server)
			x := &call{wire: newWire(client), conn: client}
			begin := time.Now()
			if err := x.greet(request{Op: opStat}); err == nil || time.Since(begin) != greetTimeout {
				t.Errorf("gave up after %v: %v", time.Since(begin), err)
			}
			client.Close()
		})
	})
}
