// Package table reads tables in text: lines with vertical bars between their cells, rows of HTML,
// and lines of separated values. It finds the cells that the names of columns, or the first cell of
// a row, mark as secret.
//
// It may import flow/redact/form, flow/redact/names and internal/ascii. Read table.go first, then
// columns.go (which cells are secret) and rows.go (how rows are read).
package table

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/names"
)

// Table is a table in a text. The zero value is an empty one.
type Table struct {
	// End is the end of the table in the text; what is before it needs not be looked at again.
	End int

	kind    kind
	sep     byte // of separated values
	columns Columns
	at      int // the next row
	row     [maxColumns]cell
	n, i    int // cells of the row, and the next of them
	heads   int // aligned: the columns, and where in a line each starts
	offsets [maxColumns]int
}

type kind uint8

const (
	bars      kind = iota // lines with vertical bars
	markup                // <tr><td>
	separated             // lines of values with commas, semicolons or tabs between them
	tuples                // (1, 'a'), (2, 'b')
	copied                // lines of values with tabs between them, as pg_dump writes them
	aligned               // lines of values in columns, with blanks between them
)

// cell is a cell of a row: its text without blanks or quotes around it.
type cell struct {
	start, end int
	isHead     bool // it is a <th>
}

// maxLine bounds the inspected length of a line of names, in bytes.
const maxLine = 1000

// Next returns the next cell of the text s[from:] that is marked as secret, and its sensitivity.
// ok is false after the last one.
func (t *Table) Next(s string, from int) (start, end int, sensitivity names.Sensitivity, ok bool) {
	if !t.columns.marks() {
		return 0, 0, names.Plain, false
	}
	s = s[:t.End]
	for {
		for t.i < t.n {
			c := t.row[t.i]
			if c.end > from && c.end > c.start {
				sensitivity = t.columns.Sensitivity(t.i, t.n, func(i int) string { return t.label(s, i) })
			}
			if t.i++; sensitivity != names.Plain {
				return max(from, c.start), c.end, sensitivity, true
			}
		}
		if t.at >= len(s) {
			return 0, 0, names.Plain, false
		}
		t.readRow(s)
	}
}

// label returns the text of a cell as a name.
func (t *Table) label(s string, i int) string {
	return strings.Trim(s[t.row[i].start:t.row[i].end], "*_`: ")
}

// readHead reads the names of the columns from the row.
func (t *Table) readHead(s string) {
	t.columns = ColumnsOf(t.n, func(i int) string { return t.label(s, i) })
}

// OfBars sets t to the table whose first row has the bar at s[i].
func (t *Table) OfBars(s string, i int) {
	low := max(0, i-maxLine)
	start := low + strings.LastIndexByte(s[low:i], '\n') + 1
	lineEnd := lineEndFrom(s, i)
	*t = Table{End: lineEnd, kind: bars, at: start}
	t.readBarRow(s, start, lineEnd)
	if t.n < 2 {
		return
	}
	ruled := start > 0 && isRule(lineBefore(s, start))
	for at := lineEnd + 1; at < len(s); at = t.End + 1 { // the last line with a bar ends the table
		next := lineEndFrom(s, at)
		rule := isRule(s[at:next])
		if !rule && strings.IndexByte(s[at:next], '|') < 0 {
			break
		}
		ruled = ruled || rule && at == lineEnd+1
		t.End = next
	}
	if t.at = start; ruled || t.namesNextRow(s, lineEnd) {
		t.readHead(s)
		t.at = min(len(s), lineEnd+1)
	} else {
		t.columns.isPairs = t.n == 2 && !isCommand(s[t.row[0].start:t.row[0].end])
	}
	t.n = 0
}

// namesNextRow reports whether the row has the names of columns although no rule is below it: one
// after the first is that of a secret, and the next row, whose line follows lineEnd, has letters
// and digits there.
func (t *Table) namesNextRow(s string, lineEnd int) bool {
	column := -1
	for i := range t.n {
		name := t.label(s, i)
		if !names.IsColumn(name) {
			return false
		}
		if column < 0 && names.SecretOrPersonal(name) == names.Secret {
			column = i
		}
	}
	if column < 0 || names.SecretOrPersonal(t.label(s, 0)) != names.Plain || lineEnd+1 >= len(s) {
		return false
	}
	next := Table{End: t.End, kind: bars}
	next.readBarRow(s, lineEnd+1, lineEndFrom(s, lineEnd+1))
	return next.n == t.n && form.IsMixed(next.label(s, column))
}

// isCommand reports whether the text before a bar is a command that writes to the next one, not a
// cell: echo pw | sort.
func isCommand(text string) bool {
	first, rest, ok := strings.Cut(strings.TrimPrefix(text, "$ "), " ")
	switch first {
	case "echo", "printf", "print", "cat", "yes", "grep", "head", "tail", "cut", "tr", "pass", "kubectl", "vault":
		return ok && rest != ""
	}
	return false
}

// lineBefore returns the line before the one that starts at k.
func lineBefore(s string, k int) string {
	low := max(0, k-maxLine)
	return s[low+strings.LastIndexByte(s[low:k-1], '\n')+1 : k-1]
}

// maxMarkup bounds the length of a table of HTML, in bytes.
const maxMarkup = 1 << 20

// OfMarkup sets t to the table of HTML whose first row starts at s[i].
func (t *Table) OfMarkup(s string, i int) {
	s = s[:min(len(s), i+maxMarkup)]
	*t = Table{End: tagFrom(s, i, "/table"), kind: markup, at: i}
	s = s[:t.End]
	t.readMarkupRow(s)
	heads := 0
	for _, c := range t.row[:t.n] {
		if c.isHead || names.IsColumn(s[c.start:c.end]) {
			heads++
		}
	}
	switch {
	case t.n == 0:
	case t.n == 2 && !t.row[1].isHead && names.SecretOrPersonal(t.label(s, 0)) != names.Plain:
		t.columns.isPairs, t.at = true, i // <td>password</td><td>…</td>
	case heads == t.n:
		t.readHead(s)
		t.columns.isPairs = t.n == 2 && !t.row[0].isHead
	default:
		t.columns.isPairs = t.n == 2
	}
	t.n = 0
}

// OfSeparated returns the table that the text s is, if its first line has names with commas,
// semicolons or tabs between them, and the second line as many values, or names in columns. It
// returns nil if the text is no table, or none with secrets.
func OfSeparated(s string) *Table {
	head := s[:min(len(s), maxLine)]
	lineEnd := strings.IndexByte(head, '\n')
	if lineEnd < 3 || lineEnd+1 == len(s) {
		return nil
	}
	sep := Separator(head[:lineEnd])
	if sep == 0 {
		return ofAligned(s, head[:lineEnd])
	}
	secrets := false
	for name := range strings.SplitSeq(head[:lineEnd], string(sep)) {
		name = strings.Trim(name, "\" \t\r")
		if !names.IsColumn(name) {
			return nil
		}
		secrets = secrets || names.SecretOrPersonal(name) != names.Plain || names.PairRoleOf(strings.ToLower(name)) == names.ValueRole
	}
	if !secrets {
		return nil
	}
	t := &Table{End: len(s), kind: separated, sep: sep}
	t.readRow(s)
	n, second := t.n, t.at
	t.readHead(s)
	if t.readRow(s); t.n != n {
		return nil
	}
	t.n, t.at = 0, second
	return t
}
