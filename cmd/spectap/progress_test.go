package main

import (
	"bytes"
	"testing"
	"time"
)

// TestProgress checks that progress is silent without a terminal and clears its line.
func TestProgress(t *testing.T) {
	var b bytes.Buffer
	g := newProgram(nil, &b, &b).startProgress("reading x")
	g.next = time.Time{}
	for range 1000 {
		g.add(1)
	}
	g.end()
	if b.Len() > 0 {
		t.Errorf("output without a terminal: %q", b.String())
	}
	g = &progress{line: &statusLine{w: &b}, verb: "reading x\x1b[2J"}
	for range 64 {
		g.add(1)
	}
	g.end()
	if b.String() != "\r\x1b[Kreading x\\x1b[2J: 64 flows\r\x1b[K" {
		t.Errorf("got %q", b.String())
	}
}

// TestPace checks the rate and the time that remains.
func TestPace(t *testing.T) {
	for _, tt := range []struct {
		n           int
		done, total int64
		want        string
	}{
		{0, 0, 0, ""},
		{8200, 0, 0, ", 820/s"},
		{8200, 25, 100, ", 820/s, 25%, 30s left"},
		{0, 100, 100, ", 100%, 0s left"},
		{0, 101, 100, ""}, // the total was too small
	} {
		g := &progress{n: tt.n, part: func() (int64, int64) { return tt.done, tt.total }}
		if got := g.pace(10 * time.Second); got != tt.want {
			t.Errorf("%+v: got %q", tt, got)
		}
	}
}
