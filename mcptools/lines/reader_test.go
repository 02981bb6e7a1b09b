package lines

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// reader reads the form back, by its description in the package comment alone. It panics on text
// that does not have the form.
type reader struct {
	lines []string
}

// readBack returns the value of a text.
func readBack(s string) *node {
	r := &reader{strings.Split(s, "\n")}
	v := r.value(0)
	if len(r.lines) > 0 {
		panic(fmt.Sprintf("rest: %q", r.lines))
	}
	return v
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// value reads a value without a name: its first line is the next one, without its indentation.
func (r *reader) value(indent int) *node {
	first := r.lines[0][indent:]
	if n, rest, ok := arrayHead(first); ok {
		r.lines = r.lines[1:]
		return r.array(indent, n, rest)
	}
	if _, rest, ok := nameOf(first); ok {
		if _, _, isArray := arrayHead(rest); rest == "" || rest[0] == ' ' || isArray {
			return r.object(indent)
		}
	}
	r.lines = r.lines[1:]
	return r.scalar(indent, first)
}

func (r *reader) object(indent int) *node {
	v := &node{kind: object}
	for len(r.lines) > 0 && r.lines[0] != "" && indentOf(r.lines[0]) == indent {
		name, rest, ok := nameOf(r.lines[0][indent:])
		if !ok {
			panic(fmt.Sprintf("no member: %q", r.lines[0]))
		}
		r.lines = r.lines[1:]
		m := member{name: name}
		if n, header, ok := arrayHead(rest); ok {
			m.value = r.array(indent, n, header)
		} else if rest == "" {
			m.value = r.object(indent + 1)
		} else {
			m.value = r.scalar(indent, rest[1:])
		}
		v.members = append(v.members, m)
	}
	return v
}

func (r *reader) array(indent, n int, header string) *node {
	v := &node{kind: array}
	var same []member
	if rest, ok := strings.CutPrefix(header, " ; in all: "); ok {
		for rest != "" {
			var m member
			if rest[0] == '"' {
				m.name, rest = quoted(rest)
			} else {
				end := strings.IndexByte(rest, '=')
				m.name, rest = rest[:end], rest[end:]
			}
			m.value, rest = cell(rest[1:])
			same = append(same, m)
		}
		defer func() {
			for _, e := range v.elements {
				e.members = append(e.members, same...)
			}
		}()
	} else if header != "" {
		return r.table(indent+1, n, header[1:])
	}
	for range n {
		line := r.lines[0]
		if line[:indent+3] != strings.Repeat(" ", indent+1)+"- " {
			panic(fmt.Sprintf("no element: %q", line))
		}
		r.lines[0] = strings.Repeat(" ", indent+3) + line[indent+3:]
		v.elements = append(v.elements, r.value(indent+3))
	}
	return v
}

func (r *reader) table(indent, n int, header string) *node {
	var names [][]string
	column := func(s string) (path []string, rest string) {
		for {
			var name string
			if s[0] == '"' {
				name, s = quoted(s)
			} else {
				end := strings.IndexAny(s+"|", ".|;=")
				name, s = s[:end], s[end:]
			}
			path = append(path, name)
			if s == "" || s[0] != '.' {
				return path, s
			}
			s = s[1:]
		}
	}
	rest := header
	for {
		var path []string
		path, rest = column(rest)
		names = append(names, path)
		if rest == "" || rest[0] != '|' {
			break
		}
		rest = rest[1:]
	}
	var same [][]string
	var values []*node
	if s, ok := strings.CutPrefix(rest, "; in all: "); ok {
		for s != "" {
			path, rest := column(s)
			var v *node
			v, s = cell(rest[1:])
			same, values = append(same, path), append(values, v)
		}
	}
	v := &node{kind: array}
	for range n {
		line := r.lines[0][indent:]
		r.lines = r.lines[1:]
		row := &node{kind: object}
		for _, path := range names {
			var x *node
			if x, line = cell(line); x != nil {
				put(row, path, x)
			}
		}
		if line != "" {
			panic("rest of row: " + line)
		}
		for i, path := range same {
			put(row, path, values[i])
		}
		v.elements = append(v.elements, row)
	}
	return v
}

// put adds a member at a path of names.
func put(v *node, path []string, x *node) {
	for len(path) > 1 {
		var inner *node
		for _, m := range v.members {
			if m.name == path[0] {
				inner = m.value
			}
		}
		if inner == nil {
			inner = &node{kind: object}
			v.members = append(v.members, member{path[0], inner})
		}
		v, path = inner, path[1:]
	}
	v.members = append(v.members, member{path[0], x})
}

// cell reads one cell and the bar behind it.
func cell(s string) (*node, string) {
	if s == "" || s[0] == '|' {
		return nil, strings.TrimPrefix(s, "|")
	}
	var v *node
	if strings.IndexByte(`"{[`, s[0]) >= 0 {
		v, s = inline(s)
	} else {
		end := strings.IndexByte(s+"|", '|')
		v, s = plain(s[:end]), s[end:]
	}
	return v, strings.TrimPrefix(s, "|")
}

// scalar reads the value behind a name or dash.
func (r *reader) scalar(indent int, s string) *node {
	if s == "|" {
		var block []string
		for len(r.lines) > 0 && (r.lines[0] == "" || indentOf(r.lines[0]) > indent) {
			block = append(block, strings.TrimPrefix(r.lines[0], strings.Repeat(" ", indent+1)))
			r.lines = r.lines[1:]
		}
		return &node{kind: text, text: strings.Join(block, "\n")}
	}
	if strings.IndexByte(`"{[`, s[0]) >= 0 {
		v, rest := inline(s)
		if rest != "" {
			panic("rest: " + rest)
		}
		return v
	}
	return plain(s)
}

// inline reads a value within a line.
func inline(s string) (*node, string) {
	switch s[0] {
	case '"':
		t, rest := quoted(s)
		return &node{kind: text, text: t}, rest
	case '{', '[':
		v := &node{kind: map[byte]kind{'{': object, '[': array}[s[0]]}
		for s = s[1:]; ; {
			if s[0] == '}' || s[0] == ']' {
				return v, s[1:]
			}
			if s[0] == ',' {
				s = s[1:]
			}
			name := ""
			if v.kind == object {
				var ok bool
				if name, s, ok = nameOf(s); !ok {
					panic("no name: " + s)
				}
			}
			var e *node
			e, s = inline(s)
			if v.kind == object {
				v.members = append(v.members, member{name, e})
			} else {
				v.elements = append(v.elements, e)
			}
		}
	}
	end := strings.IndexAny(s, ",}]")
	return plain(s[:end]), s[end:]
}

// plain reads a value without quotes.
func plain(s string) *node {
	if s == "null" || s == "true" || s == "false" {
		return &node{kind: literal, text: s}
	}
	if v := jsontext.Value(s); v.IsValid() {
		return &node{kind: literal, text: s}
	}
	return &node{kind: text, text: s}
}

func quoted(s string) (string, string) {
	for end := 1; ; end++ {
		if s[end] == '\\' {
			end++
		} else if s[end] == '"' {
			n := stringNode(jsontext.Value(s[:end+1]))
			return n.text, s[end+1:]
		}
	}
}

// nameOf reads a name and the colon behind it, or the bracket of a count.
func nameOf(s string) (name, rest string, ok bool) {
	if s != "" && s[0] == '"' {
		name, rest = quoted(s)
	} else {
		end := strings.IndexAny(s, ":[")
		if end < 0 || strings.ContainsAny(s[:end], " ,{}\"|") || end == 0 {
			return "", "", false
		}
		name, rest = s[:end], s[end:]
	}
	if strings.HasPrefix(rest, ":") {
		return name, rest[1:], true
	}
	_, _, ok = arrayHead(rest)
	return name, rest, ok
}

// arrayHead reads [N]: and what follows.
func arrayHead(s string) (n int, rest string, ok bool) {
	if !strings.HasPrefix(s, "[") {
		return 0, "", false
	}
	digits, rest, ok := strings.Cut(s[1:], "]:")
	n, err := strconv.Atoi(digits)
	return n, rest, ok && err == nil
}
