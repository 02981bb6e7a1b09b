package control

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/flow"
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

// TestFrameLimits checks which sizes of frames are written and read.
func TestFrameLimits(t *testing.T) {
	for _, size := range []int{0, 1, dataSize - 1, dataSize, dataSize + 1, 3*dataSize + 1} {
		var b bytes.Buffer
		c := newWire(&b)
		sent := bytes.Repeat([]byte("x"), size)
		if err := c.frame(frameFlow, sent); err != nil {
			t.Fatal(err)
		}
		if err := c.data(sent); err != nil {
			t.Fatal(err)
		}
		c.w.Flush()
		whole := bytes.Clone(b.Bytes())
		if kind, got, err := c.read(); kind != frameFlow || !bytes.Equal(got, sent) || err != nil {
			t.Errorf("%d bytes: frame %q of %d, %v", size, kind, len(got), err)
		}
		frames, total := 0, 0
		for {
			kind, got, err := c.read()
			if errors.Is(err, io.EOF) {
				break
			}
			if kind != frameData || len(got) == 0 || len(got) > dataSize || err != nil {
				t.Fatalf("%d bytes: frame %q of %d, %v", size, kind, len(got), err)
			}
			frames++
			total += len(got)
		}
		if want := (size + dataSize - 1) / dataSize; frames != want || total != size {
			t.Errorf("%d bytes of data: %d frames of %d bytes together, want %d", size, frames, total, want)
		}
		for _, n := range []int{1, 4, 5, size + 4} { // cut short
			if n >= size+5 {
				continue
			}
			if _, _, err := newWire(bytes.NewBuffer(whole[:n])).read(); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%d of %d bytes: %v, want ErrUnexpectedEOF", n, size+5, err)
			}
		}
	}
	large := make([]byte, maxFrame+1) // never touched, so it takes no memory
	if err := newWire(&bytes.Buffer{}).frame(frameFlow, large); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("frame above the limit: %v, want ErrTooLarge", err)
	}
	discard := struct {
		io.Reader
		io.Writer
	}{nil, io.Discard}
	if err := newWire(discard).frame(frameFlow, large[:maxFrame]); err != nil {
		t.Errorf("frame as large as allowed: %v", err)
	}
	for head, want := range map[string]error{
		"f\x40\x00\x00\x00": io.ErrUnexpectedEOF, // as large as allowed, and nothing comes
		"f\x40\x00\x00\x01": errProtocol,
	} {
		if _, _, err := newWire(bytes.NewBufferString(head)).read(); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", head, err, want)
		}
	}
}

// countingStore counts the flows of each call that an import gets.
type countingStore struct {
	*storetest.Memory
	mu    sync.Mutex // guards calls
	calls []int
}

type countingImport struct {
	store.Import
	s *countingStore
}

func (s *countingStore) Import(ctx context.Context, source string) (store.Import, error) {
	im, err := s.Memory.Import(ctx, source)
	return countingImport{im, s}, err
}

func (im countingImport) Append(ctx context.Context, fs ...flow.Flow) error {
	im.s.mu.Lock()
	im.s.calls = append(im.s.calls, len(fs))
	im.s.mu.Unlock()
	return im.Import.Append(ctx, fs...)
}

// TestImportSteps checks that an import sends a few megabytes at a time, whatever part of a flow has
// them.
func TestImportSteps(t *testing.T) {
	if testing.Short() {
		t.Skip("sends many megabytes")
	}
	const half = 2<<20 - 1500
	body := func(n int) flow.Body { return flow.Body{Data: make([]byte, n), Size: int64(n)} }
	request, response, message := sample("/1"), sample("/2"), sample("/3")
	request.Request.Body = body(half)
	response.Response = &flow.Response{Status: 200, Body: body(half)}
	message.Messages = []flow.Message{{Kind: flow.Text, Data: make([]byte, half), Size: half}}
	many := make([]flow.Flow, 4097)
	for i := range many {
		many[i] = sample("/")
	}
	for _, tt := range []struct {
		name  string
		flows []flow.Flow
		want  []int
	}{
		{"none", nil, []int{0}},
		{"small", []flow.Flow{sample("/1"), sample("/2")}, []int{2}},
		{"requests", []flow.Flow{request, request, request, request}, []int{3, 1}},
		{"responses", []flow.Flow{response, response, response, response}, []int{3, 1}},
		{"messages", []flow.Flow{message, message, message, message}, []int{3, 1}},
		{"many", many, []int{4096, 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := &countingStore{Memory: storetest.NewMemory()}
			im, err := clientOf(t, st).Import(t.Context(), "x")
			if err != nil {
				t.Fatal(err)
			}
			if err := im.Append(t.Context(), tt.flows...); err != nil {
				t.Fatal(err)
			}
			if err := im.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(st.calls, tt.want) {
				t.Errorf("calls of %d flows, want %d", st.calls, tt.want)
			}
			if stat, err := st.Stat(t.Context()); err != nil || int(stat.Flows) != len(tt.flows) {
				t.Errorf("%d flows, %v", stat.Flows, err)
			}
		})
	}
}

// TestCallLimits checks that a call takes as many bytes as the server allows, and no more.
func TestCallLimits(t *testing.T) {
	f := sample("/1")
	encoded, err := f.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	const flows = 3
	cost := flows * (len(encoded) + flowCost)
	for limit, want := range map[int]error{cost: nil, cost - 1: store.ErrTooLarge} {
		var b bytes.Buffer
		c := newWire(&b)
		for range flows {
			if err := c.flow(&f); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.frame(frameEnd, nil); err != nil {
			t.Fatal(err)
		}
		c.w.Flush()
		x := &exchange{s: &Server{maxCall: limit}, c: c}
		if fs, end, err := x.readFlows(); !errors.Is(err, want) || err == nil && (len(fs) != flows || end != frameEnd) {
			t.Errorf("flows of %d bytes, limit %d: %d flows, end %q, %v", cost, limit, len(fs), end, err)
		}
	}
	const model = 1000
	for limit, want := range map[int]error{model: nil, model - 1: store.ErrTooLarge} {
		var b bytes.Buffer
		c := newWire(&b)
		if err := errors.Join(c.frame(frameData, make([]byte, 1)), c.frame(frameData, make([]byte, model-1)), c.frame(frameEnd, nil)); err != nil {
			t.Fatal(err)
		}
		c.w.Flush()
		m := storetest.NewMemory()
		x := &exchange{s: &Server{maxCall: limit}, c: c, store: m, ctx: t.Context(), req: &request{Op: opSave, Name: "m"}}
		if err := x.save(); !errors.Is(err, want) {
			t.Errorf("model of %d bytes, limit %d: %v", model, limit, err)
		}
		if data, _, err := m.LoadModel(t.Context(), "m"); err != nil || want == nil && len(data) != model || want != nil && data != nil {
			t.Errorf("limit %d: a model of %d bytes was saved, %v", limit, len(data), err)
		}
	}
}
