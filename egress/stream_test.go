package egress

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestStream reads a stream beyond MaxBody and Timeout, to the end of its context.
func TestStream(t *testing.T) {
	more := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, strings.Repeat("x", 100))
		w.(http.Flusher).Flush()
		select {
		case <-more:
			io.WriteString(w, "end")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		case <-r.Context().Done():
		}
	}))
	defer srv.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	timeout := 50 * time.Millisecond
	var resp *http.Response
	for err := context.DeadlineExceeded; err != nil; timeout *= 2 { // until it is long enough for this machine
		cl := newClient(t, Config{Named: []string{srv.URL}, MaxBody: 10, Timeout: timeout})
		if resp, err = cl.Do(ctx, Call{Method: "GET", URL: parse(t, srv.URL), Stream: true}); err != nil && timeout > time.Minute {
			t.Fatal(err)
		}
	}
	defer resp.Body.Close()
	data := make([]byte, 103)
	if _, err := io.ReadFull(resp.Body, data[:100]); err != nil {
		t.Fatal("more than MaxBody:", err)
	}
	expired, stop := context.WithTimeout(t.Context(), timeout)
	defer stop()
	<-expired.Done() // the client's timeout has passed
	close(more)
	if _, err := io.ReadFull(resp.Body, data[100:]); err != nil || string(data[100:]) != "end" {
		t.Fatalf("after Timeout: %q, %v", data[100:], err)
	}
	cancel()
	if _, err := resp.Body.Read(data); !errors.Is(err, context.Canceled) {
		t.Errorf("after the context: %v", err)
	}
}
