package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestProxyLists checks that a proxy on a terminal shows what it records.
func TestProxyLists(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") }))
	defer up.Close()
	user, tty := openTerminal(t)
	defer user.Close()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int)
	dir := t.TempDir()
	go func() {
		ended <- run(ctx, []string{"proxy", "--listen", "127.0.0.1:0", "--db", dir + "/flows.db", "--ca-dir", dir + "/ca"}, strings.NewReader(""), tty, io.Discard)
	}()
	lines := bufio.NewScanner(user)
	for lines.Scan() {
		if addr, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			tr := &http.Transport{Proxy: http.ProxyURL(must(url.Parse("http://" + addr)))}
			req := must(http.NewRequest("GET", "http://listed.localhost:"+up.URL[strings.LastIndex(up.URL, ":")+1:]+"/listed", nil))
			must(tr.RoundTrip(req)).Body.Close()
			tr.CloseIdleConnections()
		}
		if strings.Contains(lines.Text(), "/listed") {
			cancel()
			break
		}
	}
	if status := <-ended; status != 0 {
		t.Errorf("status %d", status)
	}
	cancel()
}
