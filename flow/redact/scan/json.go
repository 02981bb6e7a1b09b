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
	for r.next() {
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

// next reads a member, element or text, up to the next one: of an object or array its beginning,
// and behind a value the ends of what it is the last of. It reports false at the end of the text,
// and where that is no JSON.
func (r *jsonReader) next() bool {
	var n Node
	if r.blanks(); r.t.Nodes[r.t.open[len(r.t.open)-1]].Kind == Object {
		if r.i >= len(r.s) || r.s[r.i] != '"' {
			return false
		}
		n.Names = JSON
		n.Name, n.IsCut = r.quoted()
		if r.blanks(); n.IsCut || r.i >= len(r.s) || r.s[r.i] != ':' {
			r.i = int(n.Name.Start) - 1
			return false
		}
		r.i++
	}
	if r.blanks(); r.i >= len(r.s) || r.t.isFull() || !r.one(&n) {
		if n.Name.Len() > 0 && r.i < len(r.s) { // the rest begins with the name of what it is
			r.i = int(n.Name.Start) - 1
		}
		return false
	}
	mayFollow := n.Kind <= Array
	for r.blanks(); len(r.t.open) > 1; r.blanks() {
		switch {
		case r.i >= len(r.s):
			return false
		case r.s[r.i] == '}' || r.s[r.i] == ']': // also behind a comma, as in JSON5
			r.i++
			r.t.end(r.i)
			mayFollow = false
		case mayFollow:
			return true
		case r.s[r.i] == ',':
			r.i++
			mayFollow = true
		default:
			return false
		}
	}
	return true
}

// one reads a scalar, or the bracket that begins an object or array.
func (r *jsonReader) one(n *Node) bool {
	switch c := r.s[r.i]; {
	case strings.HasPrefix(r.s[r.i:], mark.Prefix):
		return false
	case c == '{' || c == '[':
		n.Kind, n.Value = Object, Span{int32(r.i), int32(r.i)}
		if c == '[' {
			n.Kind = Array
		}
		r.i++
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
	r.t.begin(*n)
	return true
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
