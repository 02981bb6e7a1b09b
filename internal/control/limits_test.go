package control

import (
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// TestSilentPeers checks that neither side waits longer than the greeting timeout for a silent
// peer, and that an operation may take longer.
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
			noError(t, x.greet(request{Op: opWatch}))
			time.Sleep(10 * greetTimeout)
			must(m.Append(t.Context(), sample("/late")))
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
