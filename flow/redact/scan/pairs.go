package scan

import "strings"

// ReadForm reads a form or query: pairs of a name and a value, percent-encoded.
func ReadForm(text string) *Tree {
	t := newTree(text, "&", ";")
	t.begin(Node{Kind: Object, Value: Span{0, 0}})
	for i := 0; i < len(text); {
		if t.isFull() {
			t.Rest = i
			break
		}
		end := skip(text, i, func(c byte) bool { return c != '&' && c != ';' })
		n := Node{Kind: String, Names: Percent, Values: Percent, Name: Span{int32(i), int32(end)}, Value: Span{int32(end), int32(end)}}
		if k := strings.IndexByte(text[i:end], '='); k >= 0 {
			n.Name.End, n.Value.Start = int32(i+k), int32(i+k+1)
		}
		if n.Name.Len()+n.Value.Len() > 0 {
			t.begin(n)
		}
		i = end + 1
	}
	return t.finish()
}

// ReadTable reads the rows of a table whose cells have a separator between them, as in CSV (RFC
// 4180): an array of arrays. Cells may be quoted.
func ReadTable(text string, separator byte) *Tree {
	t := newTree(text, string(separator), "\n", "\n")
	t.begin(Node{Kind: Array})
	for i := 0; i < len(text); {
		if t.isFull() {
			t.Rest = i
			break
		}
		t.begin(Node{Kind: Array, Value: Span{int32(i), int32(i)}})
		for {
			i = t.cell(i, separator)
			if i >= len(text) || text[i] != separator || t.isFull() {
				break
			}
			i++
		}
		t.end(min(i, len(text)))
		for i < len(text) && (text[i] == '\r' || text[i] == '\n') {
			i++
		}
	}
	return t.finish()
}

// cell reads a cell of a table, and returns where it ends.
func (t *Tree) cell(i int, separator byte) int {
	s := t.Text
	n := Node{Kind: String}
	inCell := func(c byte) bool { return c != separator && c != '\n' && c != '\r' }
	if i < len(s) && s[i] == '"' {
		start := i + 1
		for i = start; i < len(s); i++ {
			if s[i] != '"' {
				continue
			}
			if i+1 >= len(s) || s[i+1] != '"' {
				break
			}
			i++
		}
		i = min(i, len(s))
		n.Values, n.IsQuoted, n.IsCut, n.Value = Double, true, i == len(s), Span{int32(start), int32(i)}
		t.begin(n)
		return skip(s, i, inCell)
	}
	start := i
	i = skip(s, i, inCell)
	if n.Value = trimmed(s, start, i); n.Value.Len() == 0 {
		n.Value = Span{int32(start), int32(start)}
	}
	t.begin(n)
	return i
}
