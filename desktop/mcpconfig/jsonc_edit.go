package mcpconfig

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/spectap/spectap/internal/visible"
)

// style is how a file is laid out.
type style struct {
	newline string
	unit    string // of indentation
}

func (f *jsonFile) style() style {
	s := style{"\n", "  "}
	if bytes.Contains(f.text, []byte("\r\n")) {
		s.newline = "\r\n"
	}
	if f.root != nil && len(f.root.members) > 0 {
		if unit, alone := f.indent(f.root.members[0].start); alone && unit != "" {
			s.unit = unit
		}
	}
	return s
}

// indent returns the blanks before an offset in its line, and reports whether the line has nothing
// else before it.
func (f *jsonFile) indent(at int) (blanks string, alone bool) {
	line := f.text[bytes.LastIndexByte(f.text[:at], '\n')+1 : at]
	rest := bytes.TrimLeft(line, " \t")
	return string(line[:len(line)-len(rest)]), len(rest) == 0
}

// set sets the value at a path and creates the objects above it.
func (f *jsonFile) set(path []string, value any) ([]byte, error) {
	s := f.style()
	if f.root == nil {
		text := bytes.TrimRight(f.text, " \t\r\n")
		if len(text) > 0 && !bytes.Equal(text, []byte("\ufeff")) {
			text = append(text, s.newline...)
		}
		return append(append(text, s.render(nest(path, value), "")...), s.newline...), nil
	}
	n := f.root
	for i, name := range path {
		m, err := n.find(name)
		if err != nil {
			return nil, err
		}
		if m == nil {
			return f.insert(n, name, nest(path[i+1:], value), s), nil
		}
		if i == len(path)-1 {
			ind, _ := f.indent(m.start)
			return splice(f.text, m.value.start, m.value.end, s.render(value, ind)), nil
		}
		if !m.value.object {
			return nil, fmt.Errorf("%q is not an object", strings.Join(path[:i+1], "."))
		}
		n = m.value
	}
	return nil, fmt.Errorf("no path")
}

// insert adds a member at the end of an object. Comments before the end stay where they are.
func (f *jsonFile) insert(n *node, name string, value any, s style) []byte {
	closing := n.end - 1
	ind, alone := f.indent(closing)
	if !alone {
		ind, _ = f.indent(n.start)
	}
	inner := ind + s.unit
	if len(n.members) > 0 {
		if blanks, alone := f.indent(n.members[0].start); alone {
			inner = blanks
		}
	}
	end := len(bytes.TrimRight(f.text[:closing], " \t\r\n"))
	text := s.newline + inner + quote(name) + ": " + s.render(value, inner)
	last, comma := -1, -1
	if len(n.members) > 0 {
		final := n.members[len(n.members)-1]
		last, comma = final.value.end, final.comma
		if comma >= 0 {
			text += "," // the file has trailing commas
		}
	}
	if !bytes.ContainsRune(f.text[end:closing], '\n') {
		text += s.newline + ind
	}
	out := splice(f.text, end, end, text)
	if last >= 0 && comma < 0 {
		out = splice(out, last, last, ",")
	}
	return out
}

// remove removes the member at a path. It reports whether there was one.
func (f *jsonFile) remove(path []string) ([]byte, bool, error) {
	if f.root == nil {
		return f.text, false, nil
	}
	n := f.root
	for i, name := range path {
		m, err := n.find(name)
		if err != nil || m == nil {
			return f.text, false, err
		}
		if i == len(path)-1 {
			return f.cut(n, name), true, nil
		}
		n = m.value
	}
	return f.text, false, nil
}

// cut removes a member with its comma and its lines. Comments stay.
func (f *jsonFile) cut(n *node, name string) []byte {
	i := slices.IndexFunc(n.members, func(m member) bool { return m.name == name })
	m := n.members[i]
	start, end := m.start, m.value.end
	before := -1 // the comma that becomes a trailing one
	if c := m.comma; c >= 0 {
		if blanksOnly(f.text[end:c]) {
			end = c + 1
		} else {
			before = c // a comment stands between
		}
	} else if i > 0 {
		before = n.members[i-1].comma
	}
	line, _, _ := bytes.Cut(f.text[end:], []byte("\n"))
	if blanks, alone := f.indent(start); alone && blanksOnly(line) {
		start -= len(blanks)
		start = len(bytes.TrimSuffix(bytes.TrimSuffix(f.text[:start], []byte("\n")), []byte("\r")))
	} else {
		end += len(f.text[end:]) - len(bytes.TrimLeft(f.text[end:], " \t"))
	}
	if inside := (f.text[n.start+1 : start]); len(n.members) == 1 && before < 0 && blanksOnly(inside) && blanksOnly(f.text[end:n.end-1]) {
		return splice(f.text, n.start+1, n.end-1, "")
	}
	out := f.text
	if before > end {
		out = splice(out, before, before+1, "")
	}
	out = splice(out, start, end, "")
	if before >= 0 && before < start {
		out = splice(out, before, before+1, "")
	}
	return out
}

// blanksOnly reports whether a text has only white space.
func blanksOnly(text []byte) bool { return len(bytes.TrimSpace(text)) == 0 }

// object is an object with one member. Entries of servers have several.
type object []objectMember

type objectMember struct {
	name  string
	value any
}

// nest returns the value inside an object for each name of the path.
func nest(path []string, value any) any {
	for _, name := range slices.Backward(path) {
		value = object{{name, value}}
	}
	return value
}

// put sets the value at a path of an object.
func (o object) put(path []string, value any) object {
	for i := range o {
		if o[i].name == path[0] {
			inner, _ := o[i].value.(object)
			o[i].value = inner.put(path[1:], value)
			return o
		}
	}
	return append(o, objectMember{path[0], nest(path[1:], value)})
}

// render returns a value as JSON: objects in several lines, lists in one.
func (s style) render(value any, indent string) string {
	switch v := value.(type) {
	case string:
		return quote(v)
	case []string:
		quoted := make([]string, len(v))
		for i, x := range v {
			quoted[i] = quote(x)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case object:
		var b strings.Builder
		b.WriteByte('{')
		for i, m := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(s.newline + indent + s.unit + quote(m.name) + ": " + s.render(m.value, indent+s.unit))
		}
		b.WriteString(s.newline + indent + "}")
		return b.String()
	}
	panic(fmt.Sprintf("mcpconfig: cannot render %T", value))
}

// quote returns a JSON string. It escapes invisible characters.
func quote(s string) string {
	return quoteAs(s, func(r rune) string {
		if a, b := utf16.EncodeRune(r); a != utf8.RuneError {
			return fmt.Sprintf(`\u%04x\u%04x`, a, b)
		}
		return fmt.Sprintf(`\u%04x`, r)
	})
}

// quoteAs returns a quoted string. It escapes invisible characters.
func quoteAs(s string, escape func(rune) string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case visible.Shown(r):
			b.WriteRune(r)
		default:
			b.WriteString(escape(r))
		}
	}
	b.WriteByte('"')
	return b.String()
}

// splice returns a text with the bytes from start to end replaced.
func splice(text []byte, start, end int, with string) []byte {
	return slices.Concat(text[:start], []byte(with), text[end:])
}
