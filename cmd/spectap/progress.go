package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// progress shows on a terminal how far a long piece of work is, in one line that is gone in the end. Elsewhere it
// is silent.
type progress struct {
	w    io.Writer // nil when nobody watches
	verb string
	next time.Time // when to show again
	n    int
	dirt bool // something is on the line
}

// startProgress begins a piece of work such as "reading shop.har".
func (p *program) startProgress(verb string) *progress {
	g := &progress{verb: verb, next: time.Now().Add(time.Second)} // what is over in a second needs no progress
	if terminal(p.stderr) {
		g.w = p.stderr
	}
	return g
}

// add counts n flows more.
func (g *progress) add(n int) {
	g.n += n
	if g.n%64 == 0 { // asking for the time costs more than counting
		g.set(plural(g.n, "flow"))
	}
}

// set says how far it is.
func (g *progress) set(text string) {
	if g.w == nil {
		return
	}
	if now := time.Now(); now.After(g.next) {
		g.next = now.Add(200 * time.Millisecond)
		g.dirt = true
		fmt.Fprintf(g.w, "\r\x1b[K%s: %s", g.verb, text)
	}
}

// end clears the line.
func (g *progress) end() {
	if g.dirt {
		fmt.Fprint(g.w, "\r\x1b[K")
		g.dirt = false
	}
}

// terminal says whether a person is likely to be at the other end.
func terminal(file any) bool {
	f, ok := file.(*os.File)
	if !ok {
		return false
	}
	fi, err := f.Stat()
	return err == nil && fi.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
}
