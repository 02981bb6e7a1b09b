package redact

import (
	"math"

	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/table"
)

// Tables in text name the values of a column by its first row, or those of a row by its first cell.

// noCell is after the end of every text.
const noCell = math.MaxInt

// begin prepares the search from i on: the text may be a table as a whole.
func (sc *scanner) begin(i int) {
	if sc.table != nil {
		return
	}
	if sc.cellAt = noCell; i > 0 || sc.isYAML {
		return
	}
	if sc.table = table.OfSeparated(sc.s); sc.table != nil {
		sc.nextCell(0)
	}
}

// openBars starts the table whose first row has the bar at i.
func (sc *scanner) openBars(i int) {
	sc.newTable().OfBars(sc.s, i)
	sc.nextCell(i)
}

// openMarkup starts the table of HTML whose first row starts at i.
func (sc *scanner) openMarkup(i int) {
	sc.newTable().OfMarkup(sc.s, i)
	sc.nextCell(i)
}

// openValues starts the table of the rows after the word VALUES, s[i:j], of a statement of SQL.
func (sc *scanner) openValues(i, j int) (span, bool) {
	if !equalFold(sc.s[i:j], "values") || sc.isInTable(i) {
		return span{}, false
	}
	sc.newTable().OfValues(sc.s, i, skipSpace(sc.s, j))
	sc.nextCell(i)
	return span{}, false
}

// openCopy starts the table of the lines after a statement of PostgreSQL whose last word is s[i:j]:
// COPY t (a, b) FROM stdin;.
func (sc *scanner) openCopy(i, j int) (span, bool) {
	if !equalFold(sc.s[i:j], "stdin") || sc.isInTable(i) {
		return span{}, false
	}
	sc.newTable().OfCopy(sc.s, i, j)
	sc.nextCell(i)
	return span{}, false
}

// newTable returns the table to set.
func (sc *scanner) newTable() *table.Table {
	if sc.table == nil {
		sc.table = new(table.Table)
	}
	return sc.table
}

// isInTable reports whether i is in a table that is known already.
func (sc *scanner) isInTable(i int) bool { return sc.table != nil && i < sc.table.End }

// nextInTable returns the secret cell at i, if there is one.
func (sc *scanner) nextInTable(i int) (sp span, ok bool) {
	for i >= sc.cellAt {
		sp = sc.cell
		sp.start = max(sp.start, i)
		if sc.nextCell(max(i, sp.end)); sp.start < sp.end {
			return sp, !mark.IsPair(sc.s[sp.start:sp.end])
		}
	}
	return sp, false
}

// nextCell finds the next secret cell of the table that ends after from.
func (sc *scanner) nextCell(from int) {
	for {
		start, end, sensitivity, ok := sc.table.Next(sc.s, from)
		if !ok {
			sc.cellAt = noCell
			return
		}
		if sp, ok := namedSpan(sc.s, start, end, sensitivity); ok {
			sc.cell, sc.cellAt = sp, sp.start
			return
		}
	}
}
