package table

import "strings"

// maxTuples bounds the length of the rows of one statement, in bytes.
const maxTuples = 1 << 20

// OfValues sets t to the rows of a statement of SQL: INSERT INTO t (a, b) VALUES (1, 'x'), (2,
// 'y'). Its word VALUES starts at s[i], and its first row at k.
func (t *Table) OfValues(s string, i, k int) {
	*t = Table{End: k, kind: tuples}
	low := max(0, i-maxLine)
	head := strings.TrimRight(s[low:i], " \t\r\n")
	open := strings.LastIndexByte(head, '(')
	if open < 0 || head[len(head)-1] != ')' || k >= len(s) || s[k] != '(' {
		return
	}
	t.End, t.at = low+len(head), low+open
	t.readTuple(s[:t.End])
	t.readHead(s)
	t.n, t.i, t.at, t.End = 0, 0, k, min(len(s), k+maxTuples)
}

// readTuple reads the row in parentheses at t.at, and sets t.at to the next one.
func (t *Table) readTuple(s string) {
	from := t.at + 1
	for k := from; k < len(s); k++ {
		switch c := s[k]; c {
		case '\'', '"', '`':
			k = tupleQuoteEnd(s, k+1, c)
		case ',', ')':
			t.addQuoted(s, from, k)
			from = k + 1
			if c == ',' {
				continue
			}
			for from < len(s) && (isBlank(s[from]) || s[from] == ',') {
				from++
			}
			if t.at = from; from < len(s) && s[from] != '(' {
				t.at, t.End = len(s), k+1
			}
			return
		}
	}
	if from < len(s) { // the text is cut off
		t.addQuoted(s, from, len(s))
	}
	t.at = len(s)
}

// tupleQuoteEnd returns the index of the quote that ends the value at k. Two quotes, or one after a
// backslash, stand for one.
func tupleQuoteEnd(s string, k int, quote byte) int {
	for ; k < len(s); k++ {
		switch {
		case s[k] == '\\' && (k+1 == len(s) || s[k+1] != quote || quote != '"'):
			k++
		case s[k] == quote && k+1 < len(s) && s[k+1] == quote:
			k++
		case s[k] == quote:
			return k
		}
	}
	return k
}

// addQuoted adds the cell s[from:to] without its quotes.
func (t *Table) addQuoted(s string, from, to int) {
	t.add(s, from, to, false)
	c := &t.row[max(t.n-1, 0)]
	for c.start < c.end && (s[c.start] == '\'' || s[c.start] == '"' || s[c.start] == '`' || s[c.start] == '\\') {
		c.start++
	}
	for c.end > c.start && (s[c.end-1] == '\'' || s[c.end-1] == '"' || s[c.end-1] == '`' || s[c.end-1] == '\\') {
		c.end--
	}
}
