package control

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// TestNetworkRequestIsBounded announces a large request, and a large flow of a known source. The
// server must not wait for them, or hold them.
func TestNetworkRequestIsBounded(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := storetest.NewMemory()
	s := StartNetwork(NetworkConfig{Listener: l, Admit: func(Login) (store.Store, Access, error) { return m, Access{Source: "a"}, nil }})
	t.Cleanup(func() { s.Close() })
	for what, write := range map[string]func(c *wire) error{
		"a request": func(c *wire) error { return announce(c, frameRequest, maxNetworkRequest+1) },
		"a flow": func(c *wire) error {
			if err := c.json(frameRequest, request{Op: opApply, Mark: &store.Mark{Source: "a", Last: 1}}); err != nil {
				return err
			}
			return announce(c, frameFlow, maxNetworkCall+1)
		},
	} {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, greeting); err != nil {
			t.Fatal(err)
		}
		if err := write(newWire(conn)); err != nil {
			t.Fatal(err)
		}
		conn.SetReadDeadline(time.Now().Add(greetTimeout / 2)) // a server that waits for more waits longer
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// announce writes the head of a frame without its payload.
func announce(c *wire, kind byte, size uint32) error {
	c.w.WriteByte(kind)
	c.w.Write(binary.BigEndian.AppendUint32(nil, size))
	return c.w.Flush()
}

// TestRemovedKeyEndsWatch removes the key of a reader that watches: it must see nothing more.
func TestRemovedKeyEndsWatch(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := storetest.NewMemory()
	var removed atomic.Bool
	s := StartNetwork(NetworkConfig{Listener: l, Admit: func(Login) (store.Store, Access, error) {
		if removed.Load() {
			return nil, Access{}, ErrDenied
		}
		return m, Access{Read: true}, nil
	}})
	t.Cleanup(func() { s.Close() })
	st, err := DialRemote(t.Context(), "hub", Remote{Address: l.Addr().String(), Team: "shop"}, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := m.Append(ctx, sample("/first")); err != nil {
		t.Fatal(err)
	}
	last := error(nil)
	for _, err := range st.Watch(ctx, 0) { // it gets a flow for each that it has seen, until it is refused
		if last = err; err != nil {
			break
		}
		removed.Store(true)
		if _, err := m.Append(ctx, sample("/more")); err != nil {
			t.Fatal(err)
		}
	}
	if !errors.Is(last, ErrDenied) {
		t.Errorf("the watch of a removed key ended with %v", last)
	}
}
