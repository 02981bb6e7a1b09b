package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/text/width"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/internal/visible"
)

// rows prints the rows of a list. On a terminal they fit its width; what a program reads is whole.
type rows struct {
	w       io.Writer
	columns int // of the terminal, 0 for none
}

// newRows returns a printer of rows to stdout.
func (p *program) newRows() *rows { return &rows{p.stdout, p.columns()} }

// say prints a line about the work to stderr. On a terminal it continues on indented lines.
func (p *program) say(format string, args ...any) error {
	list := &rows{p.stderr, p.noteColumns()}
	return list.text(fmt.Sprintf(format, args...))
}

// sayTry prints what to type next to stderr, without the passwords of URLs.
func (p *program) sayTry(format string, args ...any) {
	fmt.Fprintf(p.stderr, "try: %s\n", egress.WithoutUsers(p.copyable(fmt.Sprintf(format, args...))))
}

// narrow reports whether the terminal has too few columns for cells that a reader can do without.
func (r *rows) narrow() bool { return r.columns > 0 && r.columns < 100 }

// minLast is the width to which the last cell is not shortened further: the row wraps instead.
const minLast = 12

// print prints a row whose last cell is shortened in its middle if the row does not fit.
func (r *rows) print(cells, last string) error {
	last = visible.Line(last)
	if r.columns > 0 {
		last = middle(last, max(r.columns-textWidth(cells), minLast))
	}
	_, err := fmt.Fprintf(r.w, "%s%s\n", cells, last)
	return err
}

// text prints a row of words, which continues on indented lines. Nothing is left out.
func (r *rows) text(row string) error { return r.lines(visible.Line(row)) }

// lines prints a text of several lines. Each continues on lines with its own indent and four spaces
// more. Nothing is left out.
func (r *rows) lines(text string) error {
	for line := range strings.Lines(text) {
		line = visible.Line(strings.TrimSuffix(line, "\n"))
		if r.columns > 0 {
			indent := len(line) - len(strings.TrimLeft(line, " "))
			line = wrapped(line, strings.Repeat(" ", indent+4), r.columns)
		}
		if _, err := fmt.Fprintln(r.w, line); err != nil {
			return err
		}
	}
	return nil
}

// minute formats a time without its year and seconds if the terminal is narrow.
func (r *rows) minute(t time.Time) string {
	if r.narrow() {
		return t.Local().Format("01-02 15:04")
	}
	return t.Local().Format("2006-01-02 15:04")
}

// textWidth returns the columns that a terminal shows a text in, of one line.
func textWidth(s string) (n int) {
	for _, c := range s {
		n += runeWidth(c)
	}
	return n
}

func runeWidth(c rune) int {
	switch width.LookupRune(c).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// middle shortens a text to at most some columns, and keeps both its ends.
func middle(s string, columns int) string {
	if textWidth(s) <= columns {
		return s
	}
	r := []rune(s)
	left, right := 0, len(r)
	for room := columns - 1; left < right; { // 1 for the ellipsis
		c := r[left]
		fromEnd := left >= len(r)-right+1
		if fromEnd {
			c = r[right-1]
		}
		if room -= runeWidth(c); room < 0 {
			break
		}
		if fromEnd {
			right--
		} else {
			left++
		}
	}
	return string(r[:left]) + "…" + string(r[right:])
}
