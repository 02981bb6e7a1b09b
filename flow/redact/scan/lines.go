package scan

import (
	"strings"

	"github.com/spectap/spectap/internal/ascii"
)

// ReadLines reads lines of names and values, as in YAML and files of properties; indented lines
// belong to the name above. It knows blocks (| and >), quotes, lists, anchors and tags. Any other
// syntax is read as the value of its line.
func ReadLines(text string) *Tree {
	r := lineReader{t: newTree(text, "\n"), s: text, anchors: map[string]int32{}}
	r.t.Aliases = map[int32]int32{}
	r.t.begin(Node{Kind: Object})
	r.indents = append(r.indents, -1)
	for r.i < len(text) {
		if r.t.isFull() {
			r.t.Rest = r.i
			break
		}
		r.line()
	}
	return r.t.finish()
}

type lineReader struct {
	t       *Tree
	s       string
	i       int
	indents []int // of the lines that the open objects begin with
	anchors map[string]int32
}

// line reads a line, with the lines of its value.
func (r *lineReader) line() {
	s, start := r.s, r.i
	line, _, _ := strings.Cut(s[start:], "\n")
	r.i = min(start+len(line)+1, len(s))
	i := start + len(line) - len(strings.TrimLeft(line, " "))
	end := max(i, start+len(strings.TrimRight(line, " \t\r")))
	if i == end || s[i] == '#' || strings.HasPrefix(s[i:end], "---") || strings.HasPrefix(s[i:end], "...") {
		switch {
		case i < end && s[i] != '#': // another document
			for len(r.t.open) > 1 {
				r.t.end(i)
			}
			r.t.begin(Node{Kind: Object, Value: Span{int32(i), int32(i)}})
			r.indents = r.indents[:1]
		case i < end:
			r.scalar(Node{}, i, end)
		}
		return
	}
	isItem := s[i] == '-' && (i+1 == end || s[i+1] == ' ')
	r.unindent(i-start, isItem)
	for i < end && s[i] == '-' && (i+1 == end || s[i+1] == ' ') { // an item of a list
		if top := &r.t.Nodes[r.t.open[len(r.t.open)-1]]; top.Kind != Array || r.indents[len(r.indents)-1] != i-start {
			r.open(Node{Kind: Array, Value: Span{int32(i), int32(i)}}, i-start)
		}
		i = skip(s[:end], i+1, isBlank)
	}
	if i == end {
		return
	}
	n, from, ok := r.name(i, end)
	if !ok {
		r.scalar(Node{}, i, end)
		return
	}
	if r.t.Nodes[r.t.open[len(r.t.open)-1]].Kind == Array {
		r.open(Node{Kind: Object, Value: Span{int32(i), int32(i)}}, i-start)
	}
	from = r.skipProperties(n, skip(s[:end], from, isSpace), end)
	switch {
	case from < end && s[from] == '*' && strings.IndexByte(s[from:end], ' ') < 0: // an alias
		if anchor, ok := r.anchors[s[from+1:end]]; ok {
			n.Kind, n.Value = Literal, Span{int32(from), int32(end)}
			r.t.Aliases[int32(len(r.t.Nodes))] = anchor
			r.t.begin(n)
		}
	case from >= end || s[from] == '#':
		n.Kind, n.Value = Object, Span{int32(end), int32(end)}
		r.open(n, i-start)
	case s[from] == '|' || s[from] == '>':
		r.block(n, i-start, from)
	default:
		r.scalar(n, from, end)
		r.continued(i - start)
	}
}

// continued adds the continuation lines of a value without quotes: those that are indented more
// than its name.
func (r *lineReader) continued(indent int) {
	n := &r.t.Nodes[len(r.t.Nodes)-1]
	if n.IsQuoted {
		return
	}
	for line := range strings.Lines(r.s[r.i:]) {
		text := strings.TrimLeft(line, " ")
		if strings.TrimSpace(text) == "" || text[0] == '#' || len(line)-len(text) <= indent {
			return
		}
		r.i += len(line)
		n.Value.End = int32(r.i - (len(line) - len(strings.TrimRight(line, " \t\r\n"))))
	}
}

// unindent closes what a line with this indent does not belong to.
func (r *lineReader) unindent(indent int, isItem bool) {
	for k := len(r.indents) - 1; k > 0; k-- {
		n := &r.t.Nodes[r.t.open[len(r.t.open)-1]]
		switch at := r.indents[k]; {
		case indent > at, n.Kind == Array && isItem && indent == at:
			return
		case n.Kind == Object && indent == at && (n.Name.Len() == 0 && !isItem || n.Name.Len() > 0 && isItem):
			return // the next member of an item, or a list that is not indented
		}
		r.t.end(r.i)
		r.indents = r.indents[:k]
	}
}

func (r *lineReader) open(n Node, indent int) {
	r.t.begin(n)
	r.indents = append(r.indents, indent)
}

// name reads a name and the separator behind it.
func (r *lineReader) name(i, end int) (n Node, from int, ok bool) {
	s, start := r.s, i
	if s[i] == '"' || s[i] == '\'' {
		k := closing(s, i, end)
		if k < 0 {
			return n, 0, false
		}
		if n.Names = JSON; s[i] == '\'' {
			n.Names = Single
		}
		n.Name = Span{int32(i + 1), int32(k)}
		k = skip(s[:end], k+1, isBlank)
		return n, k + 1, k < end && s[k] == ':'
	}
	for i < end && i-start < maxName {
		switch c := s[i]; {
		case c == '=', c == ':' && (i+1 == end || isSpace(s[i+1])):
			n.Name = Span{int32(start), int32(start + len(strings.TrimRight(s[start:i], " \t")))}
			return n, i + 1, i > start
		case c == '#' || c == '{' || c == '[' || c == '"':
			return n, 0, false
		}
		i++
	}
	return n, 0, false
}

// closing returns where the quote at i is closed, -1 if it is not.
func closing(s string, i, end int) int {
	for k := i + 1; k < end; k++ {
		switch {
		case s[k] == '\\' && s[i] == '"', s[k] == s[i] && s[i] == '\'' && k+1 < end && s[k+1] == '\'':
			k++
		case s[k] == s[i]:
			return k
		}
	}
	return -1
}

// skipProperties skips a tag and an anchor of the next node: !!str &a.
func (r *lineReader) skipProperties(n Node, i, end int) int {
	s := r.s
	for i < end && (s[i] == '&' || s[i] == '!') && i+1 < end && (ascii.IsAlnum(s[i+1]) || s[i+1] == '!') {
		k := strings.IndexByte(s[i:end], ' ')
		if k < 0 {
			if s[i+1] != '!' { // a value without quotes?
				n.Kind, n.Value = String, Span{int32(i), int32(end)}
				r.t.begin(n)
			}
			return end
		}
		if s[i] == '&' {
			r.anchors[s[i+1:i+k]] = int32(len(r.t.Nodes))
		}
		i = skip(s[:end], i+k, isBlank)
	}
	return i
}

// scalar adds the value of a line, with the following lines if it has an open quote.
func (r *lineReader) scalar(n Node, i, end int) {
	n.Kind = String
	if c := r.s[i]; c == '"' || c == '\'' {
		bound := min(len(r.s), i+maxQuoted)
		k := closing(r.s, i, bound)
		if k >= 0 && (k <= end || k-i < maxQuoted) && !strings.Contains(r.s[i:k], "\n\n") {
			if n.Values, n.IsQuoted = JSON, true; c == '\'' {
				n.Values = Single
			}
			n.Value = Span{int32(i + 1), int32(k)}
			r.t.begin(n)
			if line := strings.IndexByte(r.s[k:], '\n'); k > end && line >= 0 {
				r.i = k + line + 1
			} else if k > end {
				r.i = len(r.s)
			}
			return
		}
	}
	if c := r.s[i]; c != '{' && c != '[' {
		if k := strings.Index(r.s[i:end], " #"); k > 0 {
			end = i + k
		}
	}
	n.Value, n.IsCut = Span{int32(i), int32(end)}, end == len(r.s)
	r.t.begin(n)
}

// maxQuoted bounds a quoted value of several lines, in bytes.
const maxQuoted = 64 << 10

// block reads the lines below a name that are indented more.
func (r *lineReader) block(n Node, indent, from int) {
	start := r.i
	for line := range strings.Lines(r.s[r.i:]) {
		text := strings.TrimLeft(line, " ")
		if strings.TrimSpace(text) != "" && len(line)-len(text) <= indent {
			break
		}
		r.i += len(line)
	}
	n.Kind, n.Value = String, trimmed(r.s, start, r.i)
	if n.Value.Len() == 0 {
		n.Value = Span{int32(from), int32(from)}
	}
	r.t.begin(n)
}
