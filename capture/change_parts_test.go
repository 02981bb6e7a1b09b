package capture

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// TestEachChangeAlone checks that a change may consist of any one part, and that a body without a change
// is not held back.
func TestEachChangeAlone(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	for name, tt := range map[string]struct {
		c    Change
		want string
	}{
		"request":       {Change{Request: func(h http.Header) bool { h.Set("X-Added", "out"); return true }}, "got body, out"},
		"request body":  {Change{RequestBody: upperBody}, "got BODY!, "},
		"response":      {Change{Response: func(h http.Header) bool { h.Set("X-Back", "back"); return true }}, "got body, back"},
		"response body": {Change{ResponseBody: upperBody}, "GOT BODY, !"},
		"none":          {Change{}, "got body, "},
	} {
		c := tt.c
		c.MaxBody, c.Skipped = 1000, func() { t.Errorf("%s: a change was skipped", name) }
		g := newChangingRig(t, &c)
		s := g.plain(func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "got %s, %s", b, r.Header.Get("X-Added"))
			if c.ResponseBody == nil { // the client has the first part while the rest is awaited
				w.(http.Flusher).Flush()
				<-release
			}
		})
		resp, err := g.client(false).Post(s.URL+"/c", "text/plain", strings.NewReader("body"))
		if err != nil {
			t.Fatal(err)
		}
		want, back := strings.TrimSuffix(tt.want, "back"), resp.Header.Get("X-Back")
		got := make([]byte, len(want))
		if _, err := io.ReadFull(resp.Body, got); err != nil || string(got)+back != tt.want || g.proxy.Stats().Panics != 0 {
			t.Errorf("%s: %q, %q, %v, %d panics", name, got, back, err, g.proxy.Stats().Panics)
		}
		if c.ResponseBody == nil {
			release <- struct{}{}
		}
		resp.Body.Close()
	}
}

// TestNoBodyIsMade checks that responses which cannot have a body are not changed into ones with a body,
// however their end is sent.
func TestNoBodyIsMade(t *testing.T) {
	made := func(http.Header, []byte) ([]byte, bool) { return []byte("made"), true }
	g := newChangingRig(t, &Change{ResponseBody: made, MaxBody: 1000, Skipped: func() { t.Error("a change was skipped") }})
	s := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		status, flush, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/c/"), "/")
		w.WriteHeader(must(strconv.Atoi(status)))
		if flush == "flush" { // the header does not say that the response ends with it
			w.(http.Flusher).Flush()
		}
	})
	for _, h2 := range []bool{false, true} {
		for _, tt := range []struct{ method, path, want string }{
			{"GET", "204", ""}, {"GET", "204/flush", ""}, {"GET", "304", ""}, {"GET", "304/flush", ""}, {"GET", "200", ""},
			{"HEAD", "200", ""}, {"HEAD", "200/flush", ""}, {"GET", "200/flush", "made"}, {"GET", "404/flush", "made"},
		} {
			resp, err := g.client(h2).Do(must(http.NewRequest(tt.method, s.URL+"/c/"+tt.path, nil)))
			if err != nil {
				t.Fatal(err)
			}
			if got := body(t, resp); got != tt.want || !strings.HasPrefix(tt.path, fmt.Sprint(resp.StatusCode)) || tt.want == "" && resp.ContentLength > 0 {
				t.Errorf("HTTP/2 %t, %s %s: %d %q, length %d", h2, tt.method, tt.path, resp.StatusCode, got, resp.ContentLength)
			}
		}
	}
}
