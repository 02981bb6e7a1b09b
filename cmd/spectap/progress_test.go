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
