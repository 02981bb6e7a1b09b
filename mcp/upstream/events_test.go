package upstream

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

// FuzzEvents reads any stream of events. What comes out is bounded, and ids can be sent back.
func FuzzEvents(f *testing.F) {
	f.Add([]byte("id: 1\nevent: message\nretry: 10\ndata: {\"a\":\ndata: 1}\n\n: comment\r\ndata:x\r\n\r\n"))
	f.Add([]byte("data: \n\nid: a\x00b\nretry: -1\nevent: other\ndata: x\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e := &eventReader{max: 100}
		e.start(bytes.NewReader(data))
		for n := 0; ; n++ {
			text, err := e.next()
			if err != nil {
				break
			}
			if len(text) > 110 || len(bytes.TrimSpace(text)) == 0 || n > len(data) {
				t.Fatalf("event %d is %q", n, text)
			}
			if egress.CheckHeader("Last-Event-ID", e.last) != nil || e.retry < 0 {
				t.Fatalf("the id is %q, the pause %v", e.last, e.retry)
			}
		}
	})
}

// TestPauses checks that a server decides on the pause before its stream is resumed within bounds.
func TestPauses(t *testing.T) {
	for _, tt := range []struct {
		failures    int
		retry, want time.Duration
	}{
		{1, 0, resumePause},
		{3, 0, 4 * resumePause},
		{1, 1, leastPause},
		{6, time.Millisecond, leastPause},
		{1, leastPause + 1, leastPause + 1},
		{1, time.Hour, jsonrpc.MaxPause},
	} {
		if got := pauseAfter(tt.failures-1, tt.retry, leastPause); got != tt.want {
			t.Errorf("failure %d, retry %v: %v, want %v", tt.failures, tt.retry, got, tt.want)
		}
	}
}

// TestNoticesAreBounded checks that a notification waits while a thousand of them are under way, and
// ends with the connection.
func TestNoticesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := must.Get(ByURL(Remote{Log: slog.New(slog.DiscardHandler)})(t.Context()))
		u := conn.(*remote)
		for range maxNotices {
			u.room <- struct{}{}
		}
		ended := make(chan error, 1)
		go func() { ended <- conn.Send(jsonrpc.Notification("notifications/initialized", nil), nil) }()
		synctest.Wait()
		if len(ended) > 0 {
			t.Errorf("a notification does not wait: %v", <-ended)
		}
		conn.Close()
		if err := <-ended; !errors.Is(err, jsonrpc.ErrEnded) {
			t.Errorf("at the end of the connection: %v", err)
		}
	})
}

// TestAnsweredCallsAreForgotten checks that a connection holds nothing of calls that have ended, and
// that people learn of a notification that the server did not take.
func TestAnsweredCallsAreForgotten(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	defer srv.Close()
	at := must.Get(url.Parse(srv.URL))
	client := must.Get(egress.New(egress.Config{Named: []string{srv.URL}}))
	var log bytes.Buffer
	conn, err := ByURL(Remote{URL: at, Client: client, Log: slog.New(slog.NewTextHandler(&log, nil))})(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// What follows waits until the notification was refused.
	must.Do(t, conn.Send(jsonrpc.Notification("notifications/other", nil), nil))
	for _, id := range []string{"1", "2"} {
		must.Do(t, conn.Send(jsonrpc.Request(id, "tools/call", []byte(`{}`)), nil))
		if p, err := conn.Receive(); err != nil || p.Lost == nil {
			t.Fatalf("received %+v, %v", p, err)
		}
	}
	if text := log.String(); strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, "method=notifications/other") || !strings.Contains(text, "status 418") {
		t.Errorf("logged: %s", text)
	}
	u := conn.(*remote)
	held := func() int {
		u.mu.Lock()
		defer u.mu.Unlock()
		return len(u.posts)
	}
	for deadline := time.Now().Add(time.Minute); held() > 0; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d calls are held", held())
		}
	}
}
