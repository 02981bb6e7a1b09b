package control

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// TestNetworkRequestIsBounded announces a large request, and a large flow of a known source. The
// server must neither wait for them nor allocate memory for them.
func TestNetworkRequestIsBounded(t *testing.T) {
	l := must(net.Listen("tcp", "127.0.0.1:0"))
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
		conn := must(net.Dial("tcp", l.Addr().String()))
		defer conn.Close()
		must(io.WriteString(conn, greeting))
		noError(t, write(newWire(conn)))
		conn.SetReadDeadline(time.Now().Add(greetTimeout / 2)) // a server that waits for more data exceeds it
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

// serveUntil serves a store to one client until its key is removed.
func serveUntil(t *testing.T, st store.Store, removed *atomic.Bool) Store {
	t.Helper()
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	s := StartNetwork(NetworkConfig{Listener: l, Admit: func(Login) (store.Store, Access, error) {
		if removed.Load() {
			return nil, Access{}, ErrDenied
		}
		return st, Access{Write: true}, nil
	}})
	t.Cleanup(func() { s.Close() })
	c := must(DialRemote(t.Context(), "hub", Remote{Address: l.Addr().String(), Team: "shop"}, false))
	t.Cleanup(func() { c.Close() })
	return c
}

// TestRemovedKeyEndsImport removes the key of an editor during an import that goes on. The store
// must have nothing of the import.
func TestRemovedKeyEndsImport(t *testing.T) {
	m := storetest.NewMemory()
	var removed atomic.Bool
	st := serveUntil(t, m, &removed)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	im, err := st.Import(ctx, "x.har")
	noError(t, err)
	for err == nil {
		removed.Store(true)
		err = im.Append(ctx, sample("/"))
	}
	if !errors.Is(err, ErrDenied) {
		t.Errorf("the import of a removed key ended with %v", err)
	}
	if err := im.Commit(ctx); err == nil {
		t.Error("the import of a removed key was committed")
	}
	for f := range m.Scan(ctx, store.Query{}) {
		t.Errorf("the store has %v", f.ID)
	}
}

// TestRemovedKeyIsTold removes the key of a caller that sends more than a connection buffers. The
// caller must get the reason, and not the error that the server is gone.
func TestRemovedKeyIsTold(t *testing.T) {
	var removed atomic.Bool
	st := serveUntil(t, storetest.NewMemory(), &removed)
	removed.Store(true)
	large := sample("/")
	large.Request.Body = flow.Body{Data: make([]byte, 16<<20), Size: 16 << 20}
	for range 5 {
		if _, err := st.Append(t.Context(), large); !errors.Is(err, ErrDenied) {
			t.Fatalf("the call of a removed key ended with %v", err)
		}
	}
}

// endless is a store whose snapshot does not end, and during which the key of the caller is
// removed.
type endless struct {
	*storetest.Memory
	removed *atomic.Bool
}

func (e endless) Snapshot(ctx context.Context, w io.Writer) error {
	for ctx.Err() == nil {
		e.removed.Store(true)
		if _, err := w.Write(make([]byte, dataSize)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// TestRemovedKeyEndsSnapshot removes the key of a reader that copies the store.
func TestRemovedKeyEndsSnapshot(t *testing.T) {
	var removed atomic.Bool
	st := serveUntil(t, endless{storetest.NewMemory(), &removed}, &removed)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := st.Snapshot(ctx, io.Discard); !errors.Is(err, ErrDenied) {
		t.Errorf("the snapshot of a removed key ended with %v", err)
	}
}

// TestHeldTogether lets several callers leave calls unfinished, each within the limits. The server
// must not hold all of them, and must serve others after they have gone.
func TestHeldTogether(t *testing.T) {
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	const most = 8 << 20
	m := storetest.NewMemory()
	s := startNetwork(NetworkConfig{Listener: l, Admit: func(Login) (store.Store, Access, error) { return m, Access{Write: true}, nil }}, most)
	t.Cleanup(func() { s.Close() })
	small, large := sample("/small"), sample("/large")
	large.Request.Body.Data = make([]byte, 3<<20)
	model := func(c *wire) error { return c.data(make([]byte, 3<<20)) }
	flows := func(f *flow.Flow, n int) func(c *wire) error {
		return func(c *wire) (err error) {
			for range n {
				err = errors.Join(err, c.flow(f))
			}
			return err
		}
	}
	for name, tt := range map[string]struct {
		op   string
		send func(c *wire) error
	}{
		"large flows": {opAppend, flows(&large, 1)}, "small flows": {opAppend, flows(&small, 6000)},
		"blocks": {opApply, flows(&large, 1)}, "an import": {opImport, flows(&large, 1)}, "a model": {opSave, model},
	} {
		const callers, fit = 8, most / (3 << 20)
		codes := make(chan string, callers)
		var open []net.Conn
		for range callers {
			conn := hang(t, l.Addr().String(), request{Op: tt.op, Mark: &store.Mark{Source: "a", Last: 1}}, tt.send)
			open = append(open, conn)
			go func() { codes <- refusal(conn) }()
		}
		for n := range callers - fit { // the others wait
			if code := <-codes; code != "busy" {
				t.Errorf("%s: caller %d was answered %q", name, n, code)
			}
		}
		for _, conn := range open {
			conn.Close()
		}
		st, err := DialRemote(t.Context(), "hub", Remote{Address: l.Addr().String(), Team: "shop"}, false)
		noError(t, err)
		for err = ErrBusy; errors.Is(err, ErrBusy) && t.Context().Err() == nil; { // until the server sees the end of all
			_, err = st.Append(t.Context(), large)
		}
		if err != nil {
			t.Errorf("%s: after them: %v", name, err)
		}
		st.Close()
	}
}

// hang begins a call and does not end it.
func hang(t *testing.T, address string, req request, send func(*wire) error) net.Conn {
	t.Helper()
	conn := must(net.Dial("tcp", address))
	conn.SetDeadline(time.Now().Add(time.Minute))
	must(io.WriteString(conn, greeting))
	c := newWire(conn)
	_ = c.json(frameRequest, req)
	_ = errors.Join(send(c), c.w.Flush()) // the server may end the call before
	return conn
}

// refusal returns the code of the error that answers a call.
func refusal(conn net.Conn) string {
	c := newWire(conn)
	if _, err := io.ReadFull(c.r, make([]byte, len(greeting))); err != nil {
		return err.Error()
	}
	for {
		kind, b, err := c.read()
		if err != nil {
			return err.Error()
		}
		var f failure
		if kind == frameError && json.Unmarshal(b, &f) == nil {
			return f.Code
		}
	}
}

// TestRemovedKeyEndsWatch removes the key of a reader that watches, or the rights of the key. The
// reader must see no more flows.
func TestRemovedKeyEndsWatch(t *testing.T) {
	t.Run("removed", func(t *testing.T) { watchUntilRefused(t, Access{}, ErrDenied) })
	t.Run("may deliver only", func(t *testing.T) { watchUntilRefused(t, Access{Source: "pod"}, nil) })
}

// watchUntilRefused reads until the key has another access, or the login fails with err.
func watchUntilRefused(t *testing.T, then Access, err error) {
	t.Helper()
	refused := err
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	m := storetest.NewMemory()
	var removed atomic.Bool
	s := StartNetwork(NetworkConfig{Listener: l, Admit: func(Login) (store.Store, Access, error) {
		if removed.Load() {
			return m, then, refused
		}
		return m, Access{Read: true}, nil
	}})
	t.Cleanup(func() { s.Close() })
	st := must(DialRemote(t.Context(), "hub", Remote{Address: l.Addr().String(), Team: "shop"}, true))
	t.Cleanup(func() { st.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	must(m.Append(ctx, sample("/first")))
	last := error(nil)
	for _, err := range st.Watch(ctx, 0) { // it gets a flow for each that it has seen, until it is refused
		if last = err; err != nil {
			break
		}
		removed.Store(true)
		must(m.Append(ctx, sample("/more")))
	}
	if !errors.Is(last, ErrDenied) {
		t.Errorf("the watch of a removed key ended with %v", last)
	}
}
