package capture

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// skipImages decides about pictures by the response and about OPTIONS by the request.
func skipImages(f *flow.Flow, answered bool) (skip, decided bool) {
	if f.Request.Method == "OPTIONS" {
		return true, true
	}
	if !answered {
		return false, false
	}
	return f.Response != nil && strings.HasPrefix(f.Response.Header.MediaType(), "image/"), true
}

// TestSkip checks that skipped exchanges pass, are counted and are never stored, and that the
// budget of their bodies is released.
func TestSkip(t *testing.T) {
	const budget = 4 << 20
	st := &slowStore{}
	q := queue(t, QueueConfig{Store: st, Budget: budget, Settle: -1})
	g := newRig(t, func(c *Config) { c.Sink, c.Skip = q, skipImages })
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		kind := "application/json"
		if strings.HasPrefix(r.URL.Path, "/picture") {
			kind = "image/png"
		}
		w.Header().Set("Content-Type", kind)
		w.Write(bytes.Repeat([]byte("x"), 100_000))
	})
	client := g.client(false)
	for i := range 5 {
		for _, ask := range []struct{ method, path string }{{"OPTIONS", "/data"}, {"POST", "/picture"}, {"POST", "/data"}} {
			req := must(http.NewRequest(ask.method, fmt.Sprintf("%s%s/%d", up.URL, ask.path, i), bytes.NewReader(make([]byte, 50_000))))
			resp := must(client.Do(req))
			if n := len(body(t, resp)); n != 100_000 {
				t.Fatalf("%s %s: %d bytes came back", ask.method, ask.path, n)
			}
		}
	}
	if resp, err := client.Post("http://127.0.0.1:1/gone", "", nil); err != nil || resp.StatusCode != http.StatusBadGateway {
		t.Errorf("%v, %v", resp, err)
	}
	client.CloseIdleConnections()
	if err := g.proxy.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := q.Close(context.Background()); err != nil {
		t.Error(err)
	}
	for _, f := range st.flows {
		if f.Request.Method != "POST" || !strings.HasPrefix(f.Request.Path, "/data/") && f.Request.Path != "/gone" {
			t.Errorf("stored: %s %s", f.Request.Method, f.Request.Path)
		}
		if f.Done && f.Response != nil && (len(f.Request.Body.Data) != 50_000 || len(f.Response.Body.Data) != 100_000) {
			t.Errorf("%s: bodies of %d and %d bytes", f.Request.Path, len(f.Request.Body.Data), len(f.Response.Body.Data))
		}
	}
	if s := g.proxy.Stats(); s.Skipped != 10 || s.Flows != 6 || s.Lost != 0 || s.Unwanted != 0 || s.Active != 0 {
		t.Errorf("%+v", s)
	}
	if !q.room.TryAcquire(budget) {
		t.Error("the budget was not released")
	}
}

// TestSkipWaitsForTheResponse checks that a request is stored only once it is certain that its
// exchange stays, and then before the response has ended.
func TestSkipWaitsForTheResponse(t *testing.T) {
	g := newRig(t, func(c *Config) { c.Skip = skipImages })
	head, release := make(chan struct{}), make(chan struct{})
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		<-head
		w.Header().Set("Content-Type", "application/json")
		w.(http.Flusher).Flush()
		<-release
	})
	done := make(chan error, 1)
	client := g.client(true)
	go func() {
		resp, err := client.Get(up.URL + "/slow")
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		done <- err
	}()
	// Another exchange ends while this one is undecided.
	if resp, err := client.Get("http://127.0.0.1:1/gone"); err == nil {
		resp.Body.Close()
	}
	g.sink.done(t, "/gone")
	g.sink.mu.Lock()
	for _, f := range g.sink.flows {
		if f.Request.Path == "/slow" {
			t.Error("the request was stored before it was certain that it stays")
		}
	}
	g.sink.mu.Unlock()
	close(head)
	first := g.sink.wait(t, func(f flow.Flow) bool { return f.Request.Path == "/slow" })
	if first.Done || first.Response != nil {
		t.Errorf("first record: %+v", first)
	}
	close(release)
	noError(t, <-done)
	g.sink.done(t, "/slow")
}

// TestUnrecordedTunnels checks that tunnels of one user are passed on unread: that client sees the
// certificate of the server, and only the other one's request is recorded.
func TestUnrecordedTunnels(t *testing.T) {
	g := newRig(t, func(c *Config) {
		c.Unrecorded = func(user, password string) bool {
			return user == "helper" && password == "pw" || user == "" // is not asked about clients without a user
		}
	})
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	for path, tt := range map[string]struct {
		user  *url.Userinfo
		trust *x509.CertPool
	}{
		"/download": {url.UserPassword("helper", "pw"), g.trusts},
		"/test":     {nil, g.cas},
		"/other":    {url.UserPassword("helper", "wrong"), g.cas},
	} {
		c := g.client(false)
		tr := c.Transport.(*http.Transport)
		tr.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: g.addr, User: tt.user})
		tr.TLSClientConfig = &tls.Config{RootCAs: tt.trust}
		resp, err := c.Get(up.URL + path)
		if err != nil {
			t.Fatal(path, err)
		}
		if got := body(t, resp); got != "ok" {
			t.Errorf("%s: %q", path, got)
		}
		if path != "/download" {
			g.sink.done(t, path)
		}
		tr.CloseIdleConnections()
	}
	if err := g.proxy.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	for _, f := range g.sink.flows {
		if f.Request.Path == "/download" {
			t.Error("the tunnel was read")
		}
	}
}
