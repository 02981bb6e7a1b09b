package main

import (
	"fmt"
	"time"
)

// progress shows the progress of long work on a terminal, in one line that end clears: what was
// done, how fast, and the time that remains. Without a terminal it is silent.
type progress struct {
	line  *statusLine // nil: silent
	verb  string
	began time.Time
	next  time.Time // time of the next update
	n     int
	now   func() time.Time
	// part returns how much of the work is done, in any unit; nil or a total of 0 if nobody knows.
	part func() (done, total int64)
}

// startProgress starts the progress of work such as "reading shop.har".
func (p *program) startProgress(verb string) *progress {
	began := time.Now()
	next := began.Add(time.Second) // work of less than a second shows none
	return &progress{line: p.newStatusLine(), verb: verb, began: began, next: next, now: time.Now}
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
	if now := g.now(); now.After(g.next) {
		g.next = now.Add(200 * time.Millisecond)
		g.line.show(g.verb + ": " + text + g.pace(now.Sub(g.began)))
	}
}

// pace returns the rate and the time that remains, such as ", 8,200/s, 34%, 12s left".
func (g *progress) pace(elapsed time.Duration) (text string) {
	if rate := float64(g.n) / elapsed.Seconds(); rate >= 1 && elapsed > 0 {
		text = fmt.Sprintf(", %.0f/s", rate)
	}
	if g.part == nil {
		return text
	}
	done, total := g.part()
	if done <= 0 || total <= 0 || done > total {
		return text
	}
	left := time.Duration(float64(elapsed) * float64(total-done) / float64(done))
	return text + fmt.Sprintf(", %d%%, %v left", 100*done/total, left.Round(time.Second))
}

// end clears the line.
func (g *progress) end() {
	if g.line != nil {
		g.line.clear()
	}
}
