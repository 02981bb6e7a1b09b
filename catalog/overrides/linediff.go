package overrides

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// This file compares texts line by line, with as few changed lines as possible. Documents
// repeat most of their lines, such as "type: string": a diff that is anchored at lines which occur
// once would show whole objects as changed.

// contextLines is the number of unchanged lines around a change.
const contextLines = 3

// maxEdits bounds the lines that the minimal comparison may find changed. It takes time and memory
// that grow with their square: 16 MB at this bound. Texts that differ more are compared by the
// lines that occur once.
const maxEdits = 2000

// LineDiff returns the difference of two texts of a file in the unified format, "" if they are
// equal.
func LineDiff(path string, before, after []byte) string {
	if bytes.Equal(before, after) {
		return ""
	}
	a, b := split(before), split(after)
	deleted, inserted, ok := compare(a, b)
	if !ok {
		_, hunks, _ := strings.Cut(string(diff.Diff(path, before, path, after)), "\n") // without the line of the command
		return hunks
	}
	settle(a, deleted)
	settle(b, inserted)
	return fmt.Sprintf("--- %s\n+++ %s\n", path, path) + hunks(align(a, b, deleted, inserted))
}

// split returns the lines of a text with their ends. The last one may have no line break.
func split(text []byte) []string {
	lines := strings.SplitAfter(string(text), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// compare returns which lines are deleted from a, and which are inserted in b. ok is false if there
// are more than maxEdits.
func compare(a, b []string) (deleted, inserted []bool, ok bool) {
	start, n, m := 0, len(a), len(b)
	for start < n && start < m && a[start] == b[start] {
		start++
	}
	for n > start && m > start && a[n-1] == b[m-1] {
		n--
		m--
	}
	x, y := a[start:n], b[start:m]
	trace := search(x, y)
	if trace == nil {
		return nil, nil, false
	}
	deleted, inserted = make([]bool, len(a)), make([]bool, len(b))
	i, j := len(x), len(y)
	for d := len(trace) - 1; d > 0; d-- {
		at := trace[d-1] // the ends of the paths with one edit less
		k := i - j
		down := k == -d || (k != d && at.get(k-1) < at.get(k+1))
		if down {
			i = at.get(k + 1)
			j = i - (k + 1)
			inserted[start+j] = true
		} else {
			i = at.get(k - 1)
			j = i - (k - 1)
			deleted[start+i] = true
		}
	}
	return deleted, inserted, true
}

// ends are how far in the first text the paths with a number of edits come, by diagonal: from -d to
// d.
type ends []int32

func (e ends) get(k int) int { return int(e[k+len(e)/2]) }

// search looks for the shortest way from one text to another (E. W. Myers, An O(ND) Difference
// Algorithm and Its Variations, 1986). It returns the ends of the paths by the number of edits, or
// nil if there are more than maxEdits.
func search(a, b []string) []ends {
	var trace []ends
	for d := 0; d <= maxEdits; d++ {
		now := make(ends, 2*d+1)
		for k := -d; k <= d; k += 2 {
			x := 0
			switch {
			case d == 0:
			case k == -d || (k != d && trace[d-1].get(k-1) < trace[d-1].get(k+1)):
				x = trace[d-1].get(k + 1)
			default:
				x = trace[d-1].get(k-1) + 1
			}
			for x < len(a) && x-k < len(b) && x-k >= 0 && a[x] == b[x-k] {
				x++
			}
			now[k+d] = int32(x)
			if x >= len(a) && x-k >= len(b) {
				return append(trace, now)
			}
		}
		trace = append(trace, now)
	}
	return nil
}

// settle moves each run of changed lines, among the places where it says the same, to where it
// begins at the least indentation: an element of a list begins with its dash, not in the middle of
// the one before.
func settle(lines []string, changed []bool) {
	for at := 0; at < len(lines); {
		if !changed[at] {
			at++
			continue
		}
		from := at
		for at < len(lines) && changed[at] {
			at++
		}
		to := at
		first, last := from, from // the places of the first line of the run
		for first > 0 && !changed[first-1] && lines[first-1] == lines[first-1+to-from] {
			first--
		}
		for n := to - from; last+n < len(lines) && !changed[last+n] && lines[last] == lines[last+n]; {
			last++
		}
		best := last
		for p := last; p >= first; p-- {
			if indent(lines[p]) < indent(lines[best]) {
				best = p
			}
		}
		for i := from; i < to; i++ {
			changed[i] = false
		}
		for i := best; i < best+to-from; i++ {
			changed[i] = true
		}
		at = max(at, best+to-from)
	}
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

// step is a line of a diff, with the lines of both texts before it.
type step struct {
	sign byte
	line string
	i, j int
}

func (s step) isChange() bool { return s.sign != ' ' }

// align returns the lines of both texts in the order of a diff.
func align(a, b []string, deleted, inserted []bool) []step {
	var steps []step
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && deleted[i]:
			steps = append(steps, step{'-', a[i], i, j})
			i++
		case j < len(b) && inserted[j]:
			steps = append(steps, step{'+', b[j], i, j})
			j++
		default:
			steps = append(steps, step{' ', a[i], i, j})
			i, j = i+1, j+1
		}
	}
	return steps
}

// hunks returns the changes with their context.
func hunks(steps []step) string {
	var out strings.Builder
	for at := 0; ; {
		next := slices.IndexFunc(steps[at:], step.isChange)
		if next < 0 {
			return out.String()
		}
		from, to := max(at+next-contextLines, at), at+next
		for to < len(steps) { // as long as the next change is near
			n := slices.IndexFunc(steps[to:min(to+2*contextLines+1, len(steps))], step.isChange)
			if n < 0 {
				break
			}
			to += n + 1
		}
		at = min(to+contextLines, len(steps))
		writeHunk(&out, steps[from:at])
	}
}

func writeHunk(out *strings.Builder, steps []step) {
	olds, news := 0, 0
	for _, s := range steps {
		if s.sign != '+' {
			olds++
		}
		if s.sign != '-' {
			news++
		}
	}
	fmt.Fprintf(out, "@@ -%s +%s @@\n", span(steps[0].i, olds), span(steps[0].j, news))
	for _, s := range steps {
		out.WriteByte(s.sign)
		out.WriteString(s.line)
		if !strings.HasSuffix(s.line, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

// span returns a range of lines as a hunk writes it: from 1; an empty range is written as the line
// before it.
func span(start, n int) string {
	if n == 0 {
		return fmt.Sprintf("%d,0", start)
	}
	return fmt.Sprintf("%d,%d", start+1, n)
}
