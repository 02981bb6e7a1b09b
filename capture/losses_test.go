package capture

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/websocket"

	"github.com/spectap/spectap/flow"
)

// TestLostBodiesAreCounted checks that a body for which there was no room passes, is recorded as
// dropped, and counts as lost: that of a request, that of a response and messages.
func TestLostBodiesAreCounted(t *testing.T) {
	const large = 200_000
	for _, tt := range []struct {
		name           string
		sent, received int
		lost           int64
	}{{"none", 10, 10, 0}, {"request", large, 10, 1}, {"response", 10, large, 1}, {"both", large, large, 2}} {
		t.Run(tt.name, func(t *testing.T) {
			st := &slowStore{}
			q := queue(t, QueueConfig{Store: st, Budget: 64 << 10, MaxWait: -1})
			g := newRig(t, func(c *Config) { c.Sink = q })
			up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
				if n, err := io.Copy(io.Discard, r.Body); n != int64(tt.sent) || err != nil {
					t.Errorf("%d bytes arrived, %v", n, err)
				}
				w.Write(make([]byte, tt.received))
			})
			resp := must(g.client(false).Post(up.URL+"/x", "text/plain", bytes.NewReader(make([]byte, tt.sent))))
			if n := len(body(t, resp)); n != tt.received {
				t.Errorf("%d bytes came back", n)
			}
			if err := g.proxy.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			q.Close(context.Background())
			f := st.flows[len(st.flows)-1]
			for part, b := range map[int]flow.Body{tt.sent: f.Request.Body, tt.received: f.Response.Body} {
				if b.Dropped != (part == large) || b.Truncated != b.Dropped || b.Size != int64(part) || (len(b.Data) == 0) != b.Dropped {
					t.Errorf("a body of %d bytes is recorded as %d of %d, dropped %t", part, len(b.Data), b.Size, b.Dropped)
				}
			}
			if s := g.proxy.Stats(); s.BodiesLost != tt.lost || s.Flows != 1 || s.Lost != 0 {
				t.Errorf("%+v", s)
			}
			if !q.room.TryAcquire(64 << 10) {
				t.Error("the budget was not released")
			}
		})
	}
}

// TestLostMessagesAreCounted checks the same for the messages of a WebSocket, of which those before
// are kept, and that a reader sees the messages so far while the connection is open. A message that
// does not fit while it arrives is recorded without data.
func TestLostMessagesAreCounted(t *testing.T) {
	for size, isOmitted := range map[int]bool{100_000: false, 32_700: true} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			between := make(chan struct{}, 1)
			st := &slowStore{bad: func(fs []flow.Flow) error {
				if slices.ContainsFunc(fs, func(f flow.Flow) bool { return !f.Done && len(f.Messages) == 2 }) {
					select {
					case between <- struct{}{}:
					default:
					}
				}
				return nil
			}}
			q := queue(t, QueueConfig{Store: st, Budget: 64 << 10, MaxWait: -1, Settle: -1})
			g := newRig(t, func(c *Config) { c.Sink = q })
			chat(t, g, strings.Repeat("x", size), between)
			q.Close(context.Background())
			f := st.flows[len(st.flows)-1]
			if !f.Done || len(f.Messages) < 2 || string(f.Messages[0].Data) != "hello" || string(f.Messages[1].Data) != "hello" {
				t.Fatalf("recorded %+v", f)
			}
			if b := f.Request.Body; b.Dropped != isOmitted || b.Truncated != isOmitted {
				t.Errorf("the side of the client: %+v", b)
			}
			if !isOmitted {
				if m := f.Messages[2]; len(m.Data) != 0 || m.Size != int64(size) || !m.Truncated {
					t.Errorf("recorded %d of %d bytes, truncated %t", len(m.Data), m.Size, m.Truncated)
				}
			}
			if s := g.proxy.Stats(); s.BodiesLost != 1 || s.Flows != 1 {
				t.Errorf("%+v", s)
			}
			if !q.room.TryAcquire(64 << 10) {
				t.Error("the budget was not released")
			}
		})
	}
}

// chat sends a short message and another one through a WebSocket that answers both with the first,
// asks for a record in between, waits until the store has it, and ends the proxy.
func chat(t *testing.T, g *rig, last string, between <-chan struct{}) {
	t.Helper()
	const hello = "hello"
	up := g.plain(websocket.Handler(func(c *websocket.Conn) {
		for n := len(hello); ; n = len(last) {
			if _, err := io.ReadFull(c, make([]byte, n)); err != nil {
				return
			}
			io.WriteString(c, hello)
		}
	}).ServeHTTP)
	c := g.dial()
	fmt.Fprintf(c, "GET %s/chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Origin: http://x\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", up.URL)
	r := bufio.NewReader(c)
	if resp, err := http.ReadResponse(r, nil); err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(resp, err)
	}
	mask := &[4]byte{1, 2, 3, 4}
	answer := frame(true, 1, 0, nil, []byte(hello))
	c.Write(frame(true, 1, 0, mask, []byte(hello)))
	io.ReadFull(r, answer) // the client has it, so the proxy does
	g.proxy.open.Range(func(id, _ any) bool {
		if !g.proxy.RecordProgress(id.(flow.ID)) {
			t.Error("nothing is recorded in between")
		}
		return true
	})
	<-between
	c.Write(frame(true, 1, 0, mask, []byte(last)))
	io.ReadFull(r, answer)
	c.Write(frame(true, 1, 0, mask, make([]byte, 5000))[:4000]) // a message that does not end
	c.Close()
	if err := g.proxy.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestExchangesWithoutRoom checks that an exchange passes for which there is no room at all, that it
// counts as lost, and that the store learns of it.
func TestExchangesWithoutRoom(t *testing.T) {
	st := &slowStore{}
	q := queue(t, QueueConfig{Store: st, Budget: 1000, MaxWait: -1}) // less than a flow
	g := newRig(t, func(c *Config) { c.Sink = q })
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		io.WriteString(w, "ok")
	})
	for range 2 {
		if got := body(t, must(g.client(true).Get(up.URL))); got != "ok" {
			t.Errorf("got %q", got)
		}
	}
	if err := g.proxy.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	q.Close(context.Background())
	if s := g.proxy.Stats(); s.Lost != 2 || s.Flows != 0 || s.Active != 0 || s.Skipped != 0 || s.Unwanted != 0 || s.BodiesLost != 0 {
		t.Errorf("%+v", s)
	}
	noted := int64(0)
	for _, n := range st.noted {
		noted += n
	}
	if noted != 2 || len(st.flows) != 0 {
		t.Errorf("%d are noted, %d flows stored", noted, len(st.flows))
	}
	if !q.room.TryAcquire(1000) {
		t.Error("the budget was not released")
	}
}
