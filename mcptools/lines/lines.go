// Package lines writes JSON as lines of text that say the same in fewer bytes, for language models
// that read the text of a result only. [Text] returns them.
//
//	open: 2
//	issues[2]: number|title|user.login|labels; in all: state=open
//	 17|Crash on start|ada|[bug,p1]
//	 18|"17"|grace|[]
//	next: null
//
// # Form
//
// An object is a line "name: value" for each member. Members that fit in a line come first; each
// line of the others is indented by one space more.
//
//   - A string stands without quotes if it cannot be taken for anything else, else it is a JSON
//     string. A string of several lines, or of many quotes, may follow "name: |", each of its lines
//     indented.
//   - Short objects and arrays stand in one line: {a:1,b:x} and [1,2].
//   - "name[N]: a|b.c" begins a table of N objects, in rows a|b.c. The column b.c is the member c
//     of the member b. An empty cell means that the member is absent. "; in all: x=1" names
//     members that have the same value in all rows, and no column.
//   - "name[N]:" begins an array of N elements, each after "- ". It may have "; in all:", too.
//
// An array in the place of the whole value, or of an element, has no name: "[N]: a|b".
//
// # Guarantees
//
// The text holds every member, element and digit of the value; a test reads it back. Of the order
// of members, that of different objects of one table is lost. Equal values give equal text. No
// line of a nested value begins at the margin, and characters that do not show are escapes in JSON
// strings, so a string of others cannot imitate a line of its surroundings. The text has mostly
// fewer bytes than the JSON, and at most half as many again, up to 4 KiB, besides escapes.
//
// Read lines.go first, then table.go.
package lines

import (
	"bytes"
	"strings"
)

// Limits of the forms, in bytes and columns.
const (
	maxDepth   = 12      // deeper values are written in one line
	maxInline  = 80      // an object or array that is written in one line
	maxCell    = 160     // an object or array in a cell of a table
	maxElement = 32      // an element of an array of any length that is written in one line
	maxString  = 400     // a string of several lines in a cell of a table
	maxColumns = 24      // more are hard to count in a row
	minRows    = 2       // fewer are not worth a table
	maxLonger  = 4 << 10 // a text above the JSON
	minFilled  = 0.6     // share of the cells of a table that are not empty
)

// Text returns the lines for one JSON value, without a line break at the end. A value that is not
// JSON, or nests too deep for the reader, is returned as one JSON string. leave names members that
// the text leaves out, because another part of the result has them; if no others remain, it is "".
func Text(data []byte, leave ...string) string {
	v, err := parse(data)
	if err != nil {
		return quote(string(data))
	}
	if rest := without(v.members, leave); len(rest) < len(v.members) {
		if v.members = rest; len(rest) == 0 {
			return ""
		}
	}
	w := &writer{}
	w.value("", v)
	if w.b.Len() > len(data)+min(len(data)/2+64, maxLonger) {
		return v.inLine() // many short values that nest deep
	}
	return strings.TrimSuffix(w.b.String(), "\n")
}

// writer collects lines.
type writer struct {
	b      bytes.Buffer
	indent int  // spaces before the next line
	depth  int  // of the value that is written
	inItem bool // the next line continues after "- "
}

// line writes one line.
func (w *writer) line(parts ...string) {
	if !w.inItem {
		w.b.WriteString(strings.Repeat(" ", w.indent))
	}
	w.inItem = false
	for _, p := range parts {
		w.b.WriteString(p)
	}
	w.b.WriteByte('\n')
}

// value writes a value after its label: "", or a name with what belongs to it. The lines of a value
// without a label begin at the indentation.
func (w *writer) value(label string, v *node) {
	w.depth++
	defer func() { w.depth-- }()
	switch {
	case v.isLeaf() || w.depth > maxDepth || (label != "" || w.inItem) && v.fitsLine():
		w.leaf(label, v)
	case v.kind == object:
		w.object(label, v)
	default:
		w.array(label, v)
	}
}

// leaf writes a value in one line, or as a block.
func (w *writer) leaf(label string, v *node) {
	isNamed := label != ""
	if isNamed {
		label += ": "
	}
	switch {
	case v.isLeaf() && !isNamed && looksNamed(v.text):
		w.line(quote(v.text))
		return
	case !v.wantsBlock() || w.depth > maxDepth:
		w.line(label, v.inLine())
		return
	}
	w.line(label, "|")
	inner := strings.Repeat(" ", w.indent+1)
	for l := range strings.SplitSeq(v.text, "\n") {
		if l != "" {
			w.b.WriteString(inner + l)
		}
		w.b.WriteByte('\n')
	}
}

// object writes an object, short members first.
func (w *writer) object(label string, v *node) {
	if label != "" {
		w.line(label, ":")
		w.indent++
		defer func() { w.indent-- }()
	}
	for _, short := range []bool{true, false} {
		for _, m := range v.members {
			if m.value.isShort() == short {
				w.value(key(m.name), m.value)
			}
		}
	}
}

// array writes an array as a table, or an element after each "- ".
func (w *writer) array(label string, v *node) {
	label += count(len(v.elements))
	t, rest, same := tableOf(v), v, ""
	if t == nil {
		var shared []*column
		if shared, rest = splitShared(v); len(shared) > 0 {
			if t = tableOf(rest); t != nil {
				t.same = append(t.same, shared...)
			}
			same = " " + inAll(shared)
		}
	}
	if t != nil {
		w.line(label, ": ", t.header())
		w.indent++
		for i := range t.rows {
			w.line(t.row(i))
		}
		w.indent--
		return
	}
	w.line(label, ":", same)
	w.indent++
	defer func() { w.indent-- }()
	for _, e := range rest.elements {
		w.b.WriteString(strings.Repeat(" ", w.indent) + "- ")
		w.inItem = true
		w.indent += 2
		w.value("", e)
		w.indent -= 2
	}
}
