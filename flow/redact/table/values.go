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

// OfCopy sets t to the lines after a statement of PostgreSQL, up to one with a backslash and a dot:
// COPY t (a, b) FROM stdin;. Its last word is s[i:j].
func (t *Table) OfCopy(s string, i, j int) {
	*t = Table{End: j, kind: copied}
	low := max(0, i-maxLine)
	head := strings.TrimRight(s[low:i], " \t")
	if n := len(head) - len("from"); n < 0 || !strings.EqualFold(head[n:], "from") {
		return
	}
	head = strings.TrimRight(head[:len(head)-len("from")], " \t\r\n")
	open := strings.LastIndexByte(head, '(')
	first := lineEndFrom(s, j) + 1
	if open < 0 || head[len(head)-1] != ')' || first >= len(s) {
		return
	}
	t.End, t.at = low+len(head), low+open
	t.readTuple(s[:t.End])
	t.readHead(s)
	t.n, t.i, t.at, t.End = 0, 0, first, min(len(s), first+maxTuples)
	if n := strings.Index(s[first:t.End], "\n\\."); n >= 0 {
		t.End = first + n
	}
}

// readCopiedRow reads the line at t.at.
func (t *Table) readCopiedRow(s string) {
	end := lineEndFrom(s, t.at)
	for from := t.at; from <= end; {
		to := min(end, indexByteFrom(s, from, '\t'))
		t.add(s, from, to, false)
		if c := &t.row[t.n-1]; s[c.start:c.end] == `\N` { // null
			c.end = c.start
		}
		from = to + 1
	}
	t.at = min(len(s), end+1)
}
