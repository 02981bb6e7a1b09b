package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// progress shows the progress of long work on a terminal, in one line that end clears. Without a
// terminal it is silent.
type progress struct {
	w     io.Writer // nil without a terminal
	verb  string
	next  time.Time // time of the next update
	n     int
	shown bool // the line has text
}

// startProgress starts the progress of work such as "reading shop.har".
func (p *program) startProgress(verb string) *progress {
	g := &progress{verb: verb, next: time.Now().Add(time.Second)} // work of less than a second shows none
	if isTerminal(p.stderr) {
		g.w = p.stderr
	}
	return g
}

// add counts n more flows.
func (g *progress) add(n int) {
	g.n += n
	if g.n%64 == 0 { // reading the clock costs more than counting
		g.set(plural(g.n, "flow"))
	}
}

// set shows text after the verb, at most every 200 ms.
func (g *progress) set(text string) {
	if g.w == nil {
		return
	}
	if now := time.Now(); now.After(g.next) {
		g.next = now.Add(200 * time.Millisecond)
		g.shown = true
		fmt.Fprintf(g.w, "\r\x1b[K%s: %s", g.verb, text)
	}
}

// end clears the line.
func (g *progress) end() {
	if g.shown {
		fmt.Fprint(g.w, "\r\x1b[K")
		g.shown = false
	}
}

// isTerminal reports whether file is a terminal, or another character device but the null device.
func isTerminal(file any) bool {
	f, ok := file.(*os.File)
	if !ok {
		return false
	}
	fi, err := f.Stat()
	return err == nil && fi.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
}
