package egress

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// The answer that redirects is not read beyond a bound, and its connection ends before the next
// one is used up.
func TestRedirectEndsItsAnswer(t *testing.T) {
	ended := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/a" {
			return
		}
		w.Header().Set("Location", "/b")
		w.WriteHeader(http.StatusFound)
		for chunk := make([]byte, 64<<10); ; {
			if _, err := w.Write(chunk); err != nil {
				close(ended)
				return
			}
		}
	}))
	defer srv.Close()
	cl := newClient(t, Config{Named: []string{srv.URL}})
	resp := must.Get(cl.Do(context.Background(), Call{Method: "GET", URL: parse(t, srv.URL+"/a")}))
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("status %d", resp.StatusCode)
	}
	select {
	case <-ended:
	case <-time.After(time.Minute):
		srv.CloseClientConnections()
		t.Error("the answer that redirects is still sent")
	}
	io.Copy(io.Discard, resp.Body)
}
