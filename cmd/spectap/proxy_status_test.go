package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/capture"
)

// TestStatusLine checks what the status line of a proxy says, and that it has nothing that did not
// happen.
func TestStatusLine(t *testing.T) {
	for _, tt := range []struct {
		s    tapStatus
		want string
	}{
		{tapStatus{}, "0 flows, 0 under way"},
		{tapStatus{Flows: 3, Active: 1, Paused: true}, "PAUSED, 3 flows, 1 under way"},
		{tapStatus{Flows: 9, Failed: 1, Skipped: 2, Queued: 3, Lag: 4, Tunnels: 5, Refused: 6, Dropped: 7, Rules: 8, Applied: 9, Missed: 10, Lost: 11, Bodies: 12},
			"9 flows, 0 under way, 1 failed, 2 skipped, 3 queued, 4 to learn, 5 passed through, 6 of these for clients that refuse the proxy's certificate, " +
				"7 dropped by age or size, 8 rules, 9 times applied, 10 times skipped, 11 LOST, 12 bodies LOST"},
	} {
		if got := tt.s.String(); got != tt.want {
			t.Errorf("%+v: %s", tt.s, got)
		}
	}
}

// TestStatusLineOfProxy watches the status line of a proxy that passes requests: it shows each
// state once, and is cleared at the end.
func TestStatusLineOfProxy(t *testing.T) {
	upstream := httptest.NewServer(http.NotFoundHandler())
	defer upstream.Close()
	dir := t.TempDir()
	p := newProgram(nil, &bytes.Buffer{}, t.Output())
	p.global.logLevel, p.global.logFormat = "warn", "text"
	p.global.db, p.global.caDir = filepath.Join(dir, "flows.db"), filepath.Join(dir, "ca")
	tapped, err := p.startTap(&tapOptions{listen: "127.0.0.1:0", budget: capture.DefaultBudget, maxBody: capture.DefaultMaxBody})
	if err != nil {
		t.Fatal(err)
	}
	terminal := make(logged)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan struct{})
	go func() {
		tapped.showStatus(ctx, &statusLine{w: terminal})
		close(terminal)
		close(ended)
	}()
	if got := <-terminal; got != clearLine+"0 flows, 0 under way" {
		t.Errorf("at first %q", got)
	}
	r := &liveProxy{t: t, addr: tapped.listener.Addr().String()}
	r.get(upstream.URL + "/x")
	for got := range terminal {
		if strings.HasPrefix(got, clearLine+"1 flow") {
			cancel()
			break
		}
	}
	last := ""
	for got := range terminal {
		last = got
	}
	if <-ended; last != clearLine {
		t.Errorf("at the end %q", last)
	}
	if _, err := tapped.stop(); err != nil {
		t.Error(err)
	}
}
