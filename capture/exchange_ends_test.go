package capture

import (
	"io"
	"net"
	"net/http"
	"runtime"
	"testing"
	"time"

	"golang.org/x/net/websocket"
)

// TestConnectionsAreForgotten checks that the proxy remembers no connection, exchange or stream that
// has ended.
func TestConnectionsAreForgotten(t *testing.T) {
	g := newRig(t, func(c *Config) { c.Scope.Exclude = []ScopeRule{must(ParseScopeRule("localhost"))} })
	handler := func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		io.WriteString(w, "ok")
	}
	secure, plain := g.upstream(handler), g.plain(handler)
	_, port, _ := net.SplitHostPort(hostOf(plain))
	for _, c := range []net.Conn{
		g.dial(), g.connect(hostOf(plain), ""), g.connect("localhost:"+port, ""), g.connect("127.0.0.1:1", "EHLO x"),
		g.connect(hostOf(secure), "\x16\x03\x01"), g.secure(hostOf(secure)),
	} {
		c.Close()
	}
	echo := g.plain(websocket.Handler(func(c *websocket.Conn) { io.Copy(c, c) }).ServeHTTP)
	ws := must(websocket.NewClient(must(websocket.NewConfig("ws://"+hostOf(echo), "http://x")), g.connect(hostOf(echo), "")))
	ws.Close()
	for _, h2 := range []bool{false, true} {
		for _, u := range []string{secure.URL, plain.URL} {
			client := g.client(h2 && u == secure.URL)
			body(t, must(client.Get(u)))
			client.CloseIdleConnections()
		}
	}
	left := func() (conns, exchanges int) {
		g.proxy.open.Range(func(any, any) bool { exchanges++; return true })
		g.proxy.conns.mu.Lock()
		defer g.proxy.conns.mu.Unlock()
		return len(g.proxy.conns.conns), exchanges
	}
	for begin := time.Now(); ; runtime.Gosched() {
		conns, exchanges := left()
		if conns+exchanges == 0 {
			break
		}
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("%d connections and %d exchanges are left", conns, exchanges)
		}
	}
}
