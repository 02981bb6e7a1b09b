package redact

import "strings"

// maxMarkupTable bounds the length of a table of HTML, in bytes.
const maxMarkupTable = 1 << 20

// openMarkupTable sets the table of HTML whose first row starts at i.
func (sc *scanner) openMarkupTable(i int) {
	t := sc.newTable(i, markupTable)
	t.end = min(len(sc.s), i+maxMarkupTable)
	t.end = tagFrom(sc.s[:t.end], i, "/table")
	s := sc.s[:t.end]
	t.readMarkupRow(s)
	heads := 0
	for _, c := range t.row[:t.n] {
		if c.isHead || isColumnName(s[c.start:c.end]) {
			heads++
		}
	}
	switch {
	case t.n == 0:
	case t.n == 2 && !t.row[1].isHead && secretOrPersonal(t.label(s, 0)) != Plain:
		t.columns.isPairs, t.at = true, i // <td>password</td><td>…</td>
	case heads == t.n:
		t.readHead(s)
		t.columns.isPairs = t.n == 2 && !t.row[0].isHead
	default:
		t.columns.isPairs = t.n == 2
	}
	sc.startTable(t.at)
}

// readMarkupRow reads the cells of the next row of HTML. The end tags of cells and rows may be
// missing.
func (t *table) readMarkupRow(s string) {
	k := tagFrom(s, t.at, "tr")
	if k == len(s) {
		t.at = len(s)
		return
	}
	from, isHead := -1, false // of the open cell
	for k++; ; k++ {
		k = indexByteFrom(s, k, '<')
		name := tagName(s, k)
		ends := equalFold(name, "/td") || equalFold(name, "/th")
		starts := equalFold(name, "td") || equalFold(name, "th")
		last := k == len(s) || equalFold(name, "tr") || equalFold(name, "/tr")
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
	return s[min(k+1, len(s)):wordEndAt(s, end)]
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
	for k = indexByteFrom(s, k, '<'); k < len(s) && !equalFold(tagName(s, k), name); {
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

// openSeparatedTable sets the table that the text is if its first line has names with commas,
// semicolons or tabs between them, and the second line as many values.
func (sc *scanner) openSeparatedTable() {
	s := sc.s
	head := s[:min(len(s), maxTagLen)]
	lineEnd := strings.IndexByte(head, '\n')
	if lineEnd < 3 || lineEnd+1 == len(s) {
		return
	}
	sep := separatorOf(head[:lineEnd])
	if sep == 0 {
		return
	}
	secrets := false
	for name := range strings.SplitSeq(head[:lineEnd], string(sep)) {
		name = strings.Trim(name, "\" \t\r")
		if !isColumnName(name) {
			return
		}
		secrets = secrets || secretOrPersonal(name) != Plain || pairRoleOf(strings.ToLower(name)) == valueRole
	}
	if !secrets {
		return
	}
	t := sc.newTable(0, separatedTable)
	t.end, t.sep = len(s), sep
	t.readRow(s)
	n, second := t.n, t.at
	t.readHead(s)
	if t.readRow(s); t.n != n {
		return
	}
	t.at = second
	sc.startTable(second)
}

// separatorOf returns the separator of the values of a line: the most frequent one, or 0.
func separatorOf(line string) byte {
	sep, most := byte(0), 0
	for _, c := range []byte(",;\t") {
		if n := strings.Count(line, string(c)); n > most {
			sep, most = c, n
		}
	}
	return sep
}

// readSeparatedRow reads the values of the next line. Values in quotes may extend over lines.
func (t *table) readSeparatedRow(s string) {
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
