package redact

import (
	"math"
	"strings"

	"github.com/spectap/spectap/internal/ascii"
)

// Tables in text name the values of a column by its first row, or those of a row by its first cell:
// lines with vertical bars, rows of HTML, and lines of separated values at the start of a text.

// table is a table in text.
type table struct {
	end     int // of the table; it is not looked at again
	kind    tableKind
	sep     byte    // of separated values
	columns columns // whose cells are secret
	at      int     // the next row
	row     [maxColumns]cell
	n, i    int  // cells of the row, and the next of them
	next    span // the next secret cell
}

type tableKind uint8

const (
	barTable       tableKind = iota // lines with vertical bars
	markupTable                     // <tr><td>
	separatedTable                  // lines of values with commas, semicolons or tabs between them
)

// noCell is after the end of every text.
const noCell = math.MaxInt

// maxColumns bounds the inspected columns of a table.
const maxColumns = 32

// cell is a cell of a row: its text without blanks or quotes around it.
type cell struct {
	start, end int
	isHead     bool // it is a <th>
}

// columns is what the first row of a table says about the others.
type columns struct {
	sensitivity [maxColumns]Sensitivity // Secret, Personal or Plain
	hasAny      bool                    // one of them is not Plain
	name, value int                     // the columns of names and of their values, if value is not 0
	isPairs     bool                    // without names, rows of two cells are a name and a value
}

// columnsOf reads the names of columns.
func columnsOf(n int, name func(int) string) (c columns) {
	c.name = -1
	for i := range min(n, maxColumns) {
		label := name(i)
		c.sensitivity[i] = secretOrPersonal(label)
		c.hasAny = c.hasAny || c.sensitivity[i] != Plain
		switch pairRoleOf(strings.ToLower(label)) {
		case namesRole:
			if c.name < 0 {
				c.name = i
			}
		case valueRole:
			if c.name >= 0 && c.value == 0 {
				c.value = i
			}
		}
	}
	return c
}

// sensitivityAt returns the sensitivity of cell i of a row of n cells.
func (c *columns) sensitivityAt(i, n int, cell func(int) string) Sensitivity {
	switch {
	case i >= maxColumns:
		return Plain
	case c.sensitivity[i] != Plain:
		return c.sensitivity[i]
	case c.value > 0 && i == c.value && c.name < n:
		return secretOrPersonal(cell(c.name))
	case c.isPairs && n == 2 && i == 1:
		return secretOrPersonal(cell(0))
	}
	return Plain
}

// isColumnName reports whether a text may be the name of a column: a few words.
func isColumnName(v string) bool {
	if v == "" || len(v) > 40 || !ascii.IsLower(v[0]|0x20) && v[0] < 0x80 {
		return false
	}
	for i := range len(v) {
		if c := v[i]; !ascii.IsAlnum(c) && c < 0x80 && strings.IndexByte("_- .*:()#", c) < 0 {
			return false
		}
	}
	return true
}

// label returns the text of a cell as a name.
func (t *table) label(s string, i int) string {
	return strings.Trim(s[t.row[i].start:t.row[i].end], "*_`: ")
}

// nextInTable returns the secret cell at i, if there is one.
func (sc *scanner) nextInTable(i int) (sp span, ok bool) {
	for i >= sc.cellAt {
		sp = sc.table.next
		sp.start = max(sp.start, i)
		if sc.nextCell(max(i, sp.end)); sp.start < sp.end {
			return sp, !isPlaceholders(sc.s[sp.start:sp.end])
		}
	}
	return sp, false
}

// nextCell finds the next secret cell of the table that ends after from.
func (sc *scanner) nextCell(from int) {
	t := sc.table
	s := sc.s[:t.end]
	for {
		for ; t.i < t.n; t.i++ {
			c := t.row[t.i]
			if c.end <= from || c.end == c.start || t.columns.sensitivity[t.i] == Plain && t.columns.value != t.i && !t.columns.isPairs {
				continue
			}
			sensitivity := t.columns.sensitivityAt(t.i, t.n, func(i int) string { return t.label(s, i) })
			if sensitivity == Plain {
				continue
			}
			if sp, ok := namedSpan(s, max(from, c.start), c.end, sensitivity); ok {
				t.next, sc.cellAt = sp, sp.start
				t.i++
				return
			}
		}
		if t.at >= t.end {
			sc.cellAt = noCell
			return
		}
		t.readRow(s)
	}
}

// readRow reads the row at t.at.
func (t *table) readRow(s string) {
	t.n, t.i = 0, 0
	switch t.kind {
	case markupTable:
		t.readMarkupRow(s)
	case barTable:
		lineEnd := indexFrom(s, t.at, "\n")
		if line := s[t.at:lineEnd]; !isRule(line) {
			t.readBarRow(s, t.at, lineEnd)
		}
		t.at = min(len(s), lineEnd+1)
	default:
		t.readSeparatedRow(s)
	}
}

// add adds the cell s[from:to] to the row.
func (t *table) add(s string, from, to int, isHead bool) {
	for from < to && isBlank(s[from]) {
		from++
	}
	for to > from && isBlank(s[to-1]) {
		to--
	}
	if t.n < maxColumns {
		t.row[t.n] = cell{from, to, isHead}
		t.n++
	}
}

// readBarRow reads the cells between vertical bars. Those at the ends of the line are none.
func (t *table) readBarRow(s string, from, lineEnd int) {
	for from < lineEnd && isBlank(s[from]) {
		from++
	}
	for lineEnd > from && isBlank(s[lineEnd-1]) {
		lineEnd--
	}
	if from < lineEnd && s[from] == '|' {
		from++
	}
	for from <= lineEnd {
		end := from
		for end < lineEnd && (s[end] != '|' || s[end-1] == '\\') {
			end++
		}
		if end < lineEnd || end > from {
			t.add(s, from, end, false)
		}
		from = end + 1
	}
}

// isRule reports whether a line is a rule of a table: +---+---+ or | --- | :-: |.
func isRule(line string) bool {
	n := 0
	for i := range len(line) {
		switch line[i] {
		case '-', '=':
			n++
		case '+', '|', ':', ' ', '\t', '\r':
		default:
			return false
		}
	}
	return n > 1
}

// openBarTable sets the table whose first row has the bar at i.
func (sc *scanner) openBarTable(i int) {
	s := sc.s
	low := max(0, i-maxTagLen)
	start := low + strings.LastIndexByte(s[low:i], '\n') + 1
	lineEnd := indexFrom(s, i, "\n")
	t := sc.newTable(start, barTable)
	t.end = lineEnd
	t.readBarRow(s, start, lineEnd)
	if t.n < 2 {
		return
	}
	ruled := start > 0 && isRule(lineBefore(s, start))
	for at := lineEnd + 1; at < len(s); at = t.end + 1 { // the last line with a bar ends the table
		next := indexFrom(s, at, "\n")
		rule := isRule(s[at:next])
		if !rule && strings.IndexByte(s[at:next], '|') < 0 {
			break
		}
		ruled = ruled || rule && at == lineEnd+1
		t.end = next
	}
	if t.at = start; ruled {
		t.readHead(s)
		t.at = min(len(s), lineEnd+1)
	} else {
		t.columns.isPairs = t.n == 2
	}
	t.n = 0
	sc.startTable(max(i, t.at))
}

// lineBefore returns the line before the one that starts at k.
func lineBefore(s string, k int) string {
	low := max(0, k-maxTagLen)
	return s[low+strings.LastIndexByte(s[low:k-1], '\n')+1 : k-1]
}

// newTable sets a new table, whose first row starts at i.
func (sc *scanner) newTable(i int, kind tableKind) *table {
	if sc.table == nil {
		sc.table = new(table)
	}
	*sc.table = table{kind: kind, at: i}
	sc.cellAt = noCell
	return sc.table
}

// readHead reads the names of the columns from the row.
func (t *table) readHead(s string) {
	t.columns = columnsOf(t.n, func(i int) string { return t.label(s, i) })
}

// startTable finds the first secret cell after from, if the table may have one.
func (sc *scanner) startTable(from int) {
	t := sc.table
	if t.n, t.i = 0, 0; t.columns.hasAny || t.columns.isPairs || t.columns.value > 0 {
		sc.nextCell(from)
	}
}
