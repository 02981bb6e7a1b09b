package table

import (
	"strings"

	"github.com/spectap/spectap/internal/ascii"
)

// readRow reads the row at t.at.
func (t *Table) readRow(s string) {
	t.n, t.i = 0, 0
	switch t.kind {
	case markup:
		t.readMarkupRow(s)
	case tuples:
		t.readTuple(s)
	case copied:
		t.readCopiedRow(s)
	case aligned:
		t.readAlignedRow(s)
	case bars:
		lineEnd := lineEndFrom(s, t.at)
		if line := s[t.at:lineEnd]; !isRule(line) {
			t.readBarRow(s, t.at, lineEnd)
		}
		t.at = min(len(s), lineEnd+1)
	default:
		t.readSeparatedRow(s)
	}
}

// add adds the cell s[from:to] to the row.
func (t *Table) add(s string, from, to int, isHead bool) {
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
func (t *Table) readBarRow(s string, from, lineEnd int) {
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

// isRule reports whether a line is a rule of a table: +---+---+, | --- | :-: | or ├───┼───┤.
func isRule(line string) bool {
	n := 0
	for _, c := range line {
		switch {
		case c == '-', c == '=', c >= '─' && c <= '╿': // the lines of boxes
			n++
		case c > ' ' && c != '+' && c != '|' && c != ':':
			return false
		}
	}
	return n > 1
}

// readMarkupRow reads the cells of the next row of HTML. The end tags of cells and rows may be
// missing.
func (t *Table) readMarkupRow(s string) {
	k := tagFrom(s, t.at, "tr")
	if k == len(s) {
		t.at = len(s)
		return
	}
	from, isHead := -1, false // of the open cell
	for k++; ; k++ {
		k = indexByteFrom(s, k, '<')
		name := tagName(s, k)
		ends := strings.EqualFold(name, "/td") || strings.EqualFold(name, "/th")
		starts := strings.EqualFold(name, "td") || strings.EqualFold(name, "th")
		last := k == len(s) || strings.EqualFold(name, "tr") || strings.EqualFold(name, "/tr")
		if !ends && !starts && !last {
			continue
		}
		if from >= 0 {
			text, textEnd := withoutTags(s, min(from, k), k)
			t.add(s, text, textEnd, isHead)
			from = -1
		}
		if last {
			t.at = k
			return
		}
		if starts {
			isHead = name[1]|0x20 == 'h'
			from = min(len(s), indexByteFrom(s, k, '>')+1)
		}
	}
}

// tagName returns the name of the tag at k, with the slash of an end tag.
func tagName(s string, k int) string {
	end := min(k+1, len(s))
	if end < len(s) && s[end] == '/' {
		end++
	}
	return s[min(k+1, len(s)):nameEnd(s, end)]
}

// indexByteFrom returns the index of the first c at or after k, or len(s).
func indexByteFrom(s string, k int, c byte) int {
	if k < len(s) {
		if n := strings.IndexByte(s[k:], c); n >= 0 {
			return k + n
		}
	}
	return len(s)
}

// tagFrom returns the index of the next tag of this name at or after k, or len(s).
func tagFrom(s string, k int, name string) int {
	for k = indexByteFrom(s, k, '<'); k < len(s) && !strings.EqualFold(tagName(s, k), name); {
		k = indexByteFrom(s, k+1, '<')
	}
	return k
}

// withoutTags returns the text s[from:to] without the tags at its start and end.
func withoutTags(s string, from, to int) (int, int) {
	for {
		for from < to && isBlank(s[from]) {
			from++
		}
		if from == to || s[from] != '<' {
			break
		}
		n := strings.IndexByte(s[from:to], '>')
		if n < 0 {
			break
		}
		from += n + 1
	}
	for {
		for to > from && isBlank(s[to-1]) {
			to--
		}
		if to == from || s[to-1] != '>' {
			break
		}
		n := strings.LastIndexByte(s[from:to], '<')
		if n < 0 {
			break
		}
		to = from + n
	}
	return from, to
}

// Separator returns the separator of the values of a line: the most frequent one, or 0.
func Separator(line string) byte {
	sep, most := byte(0), 0
	for _, c := range []byte(",;\t") {
		if n := strings.Count(line, string(c)); n > most {
			sep, most = c, n
		}
	}
	return sep
}

// readSeparatedRow reads the values of the next line. Values in quotes may extend over lines.
func (t *Table) readSeparatedRow(s string) {
	for t.at < len(s) {
		from, end := t.at, t.at
		if s[from] == '"' {
			from++
			end = quotedEnd(s, from)
			t.at = min(len(s), end+1)
			for t.at < len(s) && s[t.at] != t.sep && s[t.at] != '\n' {
				t.at++
			}
		} else {
			for end < len(s) && s[end] != t.sep && s[end] != '\n' {
				end++
			}
			t.at = end
		}
		t.add(s, from, end, false)
		last := t.at == len(s) || s[t.at] == '\n'
		t.at = min(len(s), t.at+1)
		if last {
			return
		}
	}
}

// quotedEnd returns the index of the quote that ends the value at k; two quotes stand for one.
func quotedEnd(s string, k int) int {
	for ; k < len(s); k++ {
		if s[k] == '"' {
			if !strings.HasPrefix(s[k:], `""`) {
				return k
			}
			k++
		}
	}
	return len(s)
}

// lineEndFrom returns the index of the line break at or after k, or len(s).
func lineEndFrom(s string, k int) int { return indexByteFrom(s, k, '\n') }

// nameEnd returns the end of the name of a tag that starts at k.
func nameEnd(s string, k int) int {
	for k < len(s) && (ascii.IsAlnum(s[k]) || strings.IndexByte("_-.:", s[k]) >= 0) {
		k++
	}
	return k
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
