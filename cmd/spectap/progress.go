package main

import "time"

// progress shows the progress of long work on a terminal, in one line that end clears. Without a
// terminal it is silent.
type progress struct {
	line *statusLine // nil: silent
	verb string
	next time.Time // time of the next update
	n    int
}

// startProgress starts the progress of work such as "reading shop.har".
func (p *program) startProgress(verb string) *progress {
	// Work of less than a second shows none.
	return &progress{line: p.newStatusLine(), verb: verb, next: time.Now().Add(time.Second)}
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
	if g.line == nil || g.line.w == nil {
		return
	}
	if now := time.Now(); now.After(g.next) {
		g.next = now.Add(200 * time.Millisecond)
		g.line.show(g.verb + ": " + text)
	}
}

// end clears the line.
func (g *progress) end() {
	if g.line != nil {
		g.line.clear()
	}
}
