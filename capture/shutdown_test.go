package capture

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// TestShutdown checks that Shutdown waits for the exchange in progress and closes tunnels, which
// would not end by themselves, and idle connections, which net/http closes after five seconds. On a
// busy machine a shutdown may take as long as that.
func TestShutdown(t *testing.T) {
	var took time.Duration
	for range 5 {
		if took = shutDown(t); took < 4*time.Second {
			return
		}
	}
	t.Errorf("Shutdown took %v", took)
}

// shutDown ends a proxy with idle connections and an exchange, and returns how long that took.
func shutDown(t *testing.T) time.Duration {
	t.Helper()
	g := newRig(t)
	entered, release := make(chan struct{}), make(chan struct{})
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-release
		io.WriteString(w, "late")
	})
	idle := g.secure(hostOf(up))                     // completes the handshake and sends nothing
	tunnel := g.connect(listen(t, func(c net.Conn) { // stays open as long as the client
		io.WriteString(c, "hello")
		io.Copy(io.Discard, c)
	}), "")
	io.ReadFull(tunnel, make([]byte, 5))
	got := make(chan string, 1)
	client := g.client(false)
	go func() {
		resp, err := client.Get(up.URL + "/late")
		if err != nil {
			got <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		got <- string(b)
	}()
	<-entered
	down := make(chan error, 1)
	start := time.Now()
	go func() { down <- g.proxy.Shutdown(context.Background()) }()
	for _, c := range []net.Conn{idle, tunnel} {
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Error("an idle connection is still open")
		}
	}
	close(release)
	if s := <-got; s != "late" {
		t.Errorf("the client got %q", s)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
	took := time.Since(start)
	g.sink.done(t, "/late")
	return took
}

// TestShutdownCutsOff checks that a shutdown whose context ends cuts off the exchanges in progress,
// inside CONNECT and outside, and that they are recorded before it returns.
func TestShutdownCutsOff(t *testing.T) {
	g := newRig(t)
	handler := func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "part")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		panic(http.ErrAbortHandler) // the end of the body must not be one
	}
	secure, plain := g.upstream(handler), g.plain(handler)
	answers := make(chan error, 3)
	for url, h2 := range map[string]bool{plain.URL + "/plain": false, secure.URL + "/secure": false, secure.URL + "/h2": true} {
		resp := must(g.client(h2).Get(url))
		must(io.ReadFull(resp.Body, make([]byte, 4)))
		go func() {
			_, err := io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			answers <- err
		}()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.proxy.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown: %v", err)
	}
	g.sink.mu.Lock()
	defer g.sink.mu.Unlock()
	ended := 0
	for _, f := range g.sink.flows {
		if f.Done && f.Err != "" && string(f.Response.Body.Data) == "part" && f.Response.Body.Truncated {
			ended++
		}
	}
	if s := g.proxy.Stats(); ended != 3 || s.Active != 0 || s.Flows != 3 || s.Failed != 3 {
		t.Errorf("%d exchanges are recorded as cut off, %+v", ended, s)
	}
	for range 3 {
		if err := <-answers; err == nil {
			t.Error("a client takes its response for complete")
		}
	}
}
