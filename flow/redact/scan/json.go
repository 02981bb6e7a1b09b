package scan

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/internal/ascii"
)

// ReadJSON reads JSON texts that follow each other, with blanks and line breaks between them. It
// stops at text that is not JSON, and reads a truncated text as if it were complete.
func ReadJSON(text string) *Tree {
	t := newTree(text, ",", "[", "{")
	r := jsonReader{t: t, s: text}
	for r.i < len(text) && !t.isFull() {
		if !r.value(Node{}) {
			break
		}
	}
	t.Rest = min(r.i, len(text))
	return t.finish()
}

type jsonReader struct {
	t *Tree
	s string
	i int
}

// blanks skips blanks. A comment, as JSON5 has them, is a text without a name.
func (r *jsonReader) blanks() {
	for r.i < len(r.s) {
		switch c := r.s[r.i]; {
		case c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == 0x1e: // which separates texts (RFC 7464)
			r.i++
		case c == '/' && (strings.HasPrefix(r.s[r.i:], "/*") || strings.HasPrefix(r.s[r.i:], "//")) && !r.t.isFull():
			end := "\n"
			if r.s[r.i+1] == '*' {
				end = "*/"
			}
			n := strings.Index(r.s[r.i+2:], end)
			if n < 0 {
				return
			}
			r.t.begin(Node{Kind: String, Value: Span{int32(r.i + 2), int32(r.i + 2 + n)}})
			r.i += 2 + n + len(end)
		default:
			return
		}
	}
}

// value reads a value with all that is within it. It reports false where the text is no JSON.
func (r *jsonReader) value(n Node) bool {
	depth := len(r.t.open)
	for {
		begun := len(r.t.open)
		if r.blanks(); r.i >= len(r.s) || r.t.isFull() || !r.one(n) {
			if n.Name.Len() > 0 && r.i < len(r.s) { // the rest begins with the name of what it is
				r.i = int(n.Name.Start) - 1
			}
			return false
		}
		if len(r.t.open) == begun { // no object or array began: what follows the value
			if !r.after(depth) {
				return false
			}
		}
		if len(r.t.open) == depth {
			r.blanks()
			return true
		}
		var ok bool
		if n, ok = r.name(); !ok {
			return false
		}
	}
}

// one reads a scalar, or the bracket that begins an object or array.
func (r *jsonReader) one(n Node) bool {
	switch c := r.s[r.i]; {
	case strings.HasPrefix(r.s[r.i:], mark.Prefix):
		return false
	case c == '{' || c == '[':
		n.Kind, n.Value = Object, Span{int32(r.i), int32(r.i)}
		if c == '[' {
			n.Kind = Array
		}
		r.t.begin(n)
		r.i++
		return r.empty()
	case c == '"':
		n.Kind, n.Values, n.IsQuoted = String, JSON, true
		n.Value, n.IsCut = r.quoted()
	case c == '-' || ascii.IsDigit(c):
		start := r.i
		for r.i < len(r.s) && (ascii.IsDigit(r.s[r.i]) || strings.IndexByte("+-.eE", r.s[r.i]) >= 0) {
			r.i++
		}
		n.Kind, n.Value = Number, Span{int32(start), int32(r.i)}
	default:
		start := r.i
		for r.i < len(r.s) && (ascii.IsLower(r.s[r.i]) || ascii.IsUpper(r.s[r.i])) && r.i-start < len("Infinity") {
			r.i++
		}
		switch r.s[start:r.i] {
		case "true", "false", "null", "NaN", "Infinity":
		default:
			r.i = start
			return false
		}
		n.Kind, n.Value = Literal, Span{int32(start), int32(r.i)}
	}
	r.t.begin(n)
	return true
}

// empty ends an empty object or array.
func (r *jsonReader) empty() bool {
	r.blanks()
	if r.i < len(r.s) && (r.s[r.i] == '}' || r.s[r.i] == ']') {
		r.i++
		r.t.end(r.i)
	}
	return true
}

// after reads what follows a value: the ends of objects and arrays, then a comma.
func (r *jsonReader) after(depth int) bool {
	for len(r.t.open) > depth {
		if r.blanks(); r.i >= len(r.s) {
			return false
		}
		switch r.s[r.i] {
		case ',':
			r.i++
			if r.blanks(); r.i < len(r.s) && (r.s[r.i] == '}' || r.s[r.i] == ']') { // as in JSON5
				continue
			}
			return true
		case '}', ']':
			r.i++
			r.t.end(r.i)
		default:
			return false
		}
	}
	return true
}

// name reads the name of the next member, if the innermost open node is an object.
func (r *jsonReader) name() (n Node, ok bool) {
	if r.t.Nodes[r.t.open[len(r.t.open)-1]].Kind == Array {
		return Node{}, true
	}
	if r.blanks(); r.i >= len(r.s) || r.s[r.i] != '"' {
		return Node{}, false
	}
	n.Names = JSON
	n.Name, n.IsCut = r.quoted()
	if r.blanks(); n.IsCut || r.i >= len(r.s) || r.s[r.i] != ':' {
		r.i = int(n.Name.Start) - 1
		return Node{}, false
	}
	r.i++
	return n, true
}

// quoted reads a string, without its quotes.
func (r *jsonReader) quoted() (at Span, isCut bool) {
	r.i++
	start := r.i
	for r.i < len(r.s) {
		switch r.s[r.i] {
		case '"':
			r.i++
			return Span{int32(start), int32(r.i - 1)}, false
		case '\\':
			r.i++
		}
		r.i++
	}
	r.i = len(r.s)
	return Span{int32(start), int32(r.i)}, true
}
