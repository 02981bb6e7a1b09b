package capture

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

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
