package capture

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// TestShutdownEndsHalfOpenUpgrades has an upstream that keeps the connection of an upgrade open
// after the client has closed its own.
func TestShutdownEndsHalfOpenUpgrades(t *testing.T) {
	g := newRig(t)
	ended := make(chan struct{})
	up := g.plain(func(w http.ResponseWriter, r *http.Request) {
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(func() { c.Close() })
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		io.Copy(io.Discard, rw)
		close(ended)
	})
	c := g.dial()
	fmt.Fprintf(c, "GET %s/ HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n", up.URL, hostOf(up))
	if r, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || r.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v, %v", r, err)
	}
	c.Close()
	<-ended
	down := make(chan error, 1)
	go func() { down <- g.proxy.Shutdown(context.Background()) }()
	select {
	case err := <-down:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the proxy does not end")
	}
}

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
