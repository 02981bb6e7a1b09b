package capture

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// TestChangeUpToLimit checks that bodies up to the limit are changed, with a length and without,
// and that larger ones pass unchanged and are counted.
func TestChangeUpToLimit(t *testing.T) {
	const limit = 1000
	var skipped atomic.Int64
	g := newChangingRig(t, &Change{Request: Side{Body: upperBody}, Response: Side{Body: upperBody}, MaxBody: limit, Skipped: func() { skipped.Add(1) }})
	s := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		got, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Got", string(got[:1]))
		if r.URL.Path == "/c/chunked" {
			w.(http.Flusher).Flush()
		}
		io.WriteString(w, strings.Repeat("y", len(bytes.TrimSuffix(got, []byte("!")))))
	})
	cl := g.client(false)
	for _, path := range []string{"/c/sized", "/c/chunked"} {
		for size, isChanged := range map[int]bool{limit - 1: true, limit: true, limit + 1: false} {
			before := skipped.Load()
			resp := must(cl.Post(s.URL+path, "text/plain", strings.NewReader(strings.Repeat("x", size))))
			sent, got := resp.Header.Get("X-Got"), body(t, resp)
			want, wantSent, wantSkipped := strings.Repeat("y", size), "x", int64(2)
			if isChanged {
				want, wantSent, wantSkipped = strings.ToUpper(want)+"!", "X", 0
			}
			if sent != wantSent || got != want || skipped.Load()-before != wantSkipped {
				t.Errorf("%s of %d bytes: the server got %s, the client %d bytes %.1s; %d skipped", path, size, sent, len(got), got, skipped.Load()-before)
			}
		}
	}
}
