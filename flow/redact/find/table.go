package find

import (
	"math"

	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/flow/redact/table"
)

// Tables in text name the values of a column by its first row, or those of a row by its first cell.

// noCell is after the end of every text.
const noCell = math.MaxInt

// begin prepares the search from i on: the text may be a table as a whole.
func (sc *Scanner) begin(i int) {
	if sc.table != nil {
		return
	}
	if i == 0 && isManifest(sc.Text) {
		sc.YAML = true
	}
	if sc.cellAt = noCell; i > 0 || sc.YAML {
		return
	}
	if sc.table = table.OfSeparated(sc.Text); sc.table != nil {
		sc.nextCell(0)
	}
}

// openBars starts the table whose first row has the bar at i.
func (sc *Scanner) openBars(i int) {
	sc.newTable().OfBars(sc.Text, i)
	sc.nextCell(i)
}

// openMarkup starts the table of HTML whose first row starts at i.
func (sc *Scanner) openMarkup(i int) {
	sc.newTable().OfMarkup(sc.Text, i)
	sc.nextCell(i)
}

// findInCall looks for a span in the call or statement that the word s[i:j] before a parenthesis
// starts.
func (sc *Scanner) findInCall(i, j int) (Span, bool) {
	if sp, ok := findPathSession(sc.Text, i, j); ok {
		return sp, true
	}
	sp, ok := phrase.Call(sc.Text, i, j)
	if sp, ok := inPhrase(sc.Text, sp, ok); ok {
		return sp, true
	}
	return sc.openValues(i, j)
}

// openValues starts the table of the rows after the word VALUES, s[i:j], of a statement of SQL.
func (sc *Scanner) openValues(i, j int) (Span, bool) {
	if !equalFold(sc.Text[i:j], "values") || sc.isInTable(i) {
		return Span{}, false
	}
	sc.newTable().OfValues(sc.Text, i, skipSpace(sc.Text, j))
	sc.nextCell(i)
	return Span{}, false
}

// openCopy starts the table of the lines after a statement of PostgreSQL whose last word is s[i:j]:
// COPY t (a, b) FROM stdin;.
func (sc *Scanner) openCopy(i, j int) (Span, bool) {
	if !equalFold(sc.Text[i:j], "stdin") || sc.isInTable(i) {
		return Span{}, false
	}
	sc.newTable().OfCopy(sc.Text, i, j)
	sc.nextCell(i)
	return Span{}, false
}

// newTable returns the table to set.
func (sc *Scanner) newTable() *table.Table {
	if sc.table == nil {
		sc.table = new(table.Table)
	}
	return sc.table
}

// isInTable reports whether i is in a table that is known already.
func (sc *Scanner) isInTable(i int) bool { return sc.table != nil && i < sc.table.End }

// nextInTable returns the secret cell at i, if there is one.
func (sc *Scanner) nextInTable(i int) (sp Span, ok bool) {
	for i >= sc.cellAt {
		sp = sc.cell
		sp.Start = max(sp.Start, i)
		if sc.nextCell(max(i, sp.End)); sp.Start < sp.End {
			return sp, !mark.IsPair(sc.Text[sp.Start:sp.End])
		}
	}
	return sp, false
}

// nextCell finds the next secret cell of the table that ends after from.
func (sc *Scanner) nextCell(from int) {
	for {
		start, end, sensitivity, ok := sc.table.Next(sc.Text, from)
		if !ok {
			sc.cellAt = noCell
			return
		}
		if sp, ok := namedSpan(sc.Text, start, end, sensitivity); ok {
			sc.cell, sc.cellAt = sp, sp.Start
			return
		}
	}
}
