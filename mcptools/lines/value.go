package lines

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/internal/visible"
)

// kind is the type of a value.
type kind int

const (
	literal kind = iota // null, true, false or a number, as it is written
	text                // a string
	array
	object
)

// node is a JSON value. Objects keep the order of their members, and members of the same name.
type node struct {
	kind     kind
	text     string // of a literal or string
	raw      string // a string that Unicode cannot hold, as JSON; "" otherwise
	elements []*node
	members  []member
	size     int // bytes of inLine; 0: not known yet
}

type member struct {
	name  string
	value *node
}

// maxNesting bounds the recursion on foreign values.
const maxNesting = 1000

var errTooDeep = errors.New("nested too deep")

// parse reads one JSON value.
func parse(data []byte) (*node, error) {
	d := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	v, err := read(d, 0)
	if err != nil {
		return nil, err
	}
	if d.PeekKind() != 0 {
		return nil, errors.New("more than one value")
	}
	return v, nil
}

func read(d *jsontext.Decoder, depth int) (*node, error) {
	switch k := d.PeekKind(); {
	case depth > maxNesting:
		return nil, errTooDeep
	case k == '{' || k == '[':
		return readContainer(d, depth)
	case k == '"':
		raw, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		return stringNode(raw), nil
	}
	t, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	return &node{kind: literal, text: t.String()}, nil
}

// readContainer reads an object or array.
func readContainer(d *jsontext.Decoder, depth int) (*node, error) {
	t, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	v := &node{kind: array}
	if t.Kind() == '{' {
		v.kind = object
	}
	for d.PeekKind() != ']' && d.PeekKind() != '}' {
		name := ""
		if v.kind == object {
			t, err := d.ReadToken()
			if err != nil {
				return nil, err
			}
			name = t.String()
		}
		e, err := read(d, depth+1)
		if err != nil {
			return nil, err
		}
		if v.kind == object {
			v.members = append(v.members, member{name, e})
		} else {
			v.elements = append(v.elements, e)
		}
	}
	_, err = d.ReadToken()
	return v, err
}

// stringNode returns the node of a JSON string. A half of a surrogate pair stays an escape.
func stringNode(raw jsontext.Value) *node {
	b, err := jsontext.AppendUnquote(nil, raw)
	v := &node{kind: text, text: string(b)}
	if err != nil || bytes.ContainsRune(b, '\uFFFD') && bytes.Contains(raw, []byte(`\u`)) {
		v.raw = escapeHidden(string(raw))
	}
	return v
}

// without removes the members of some names.
func without(members []member, names []string) []member {
	var out []member
	for _, m := range members {
		if !slices.Contains(names, m.name) {
			out = append(out, m)
		}
	}
	return out
}

// isLeaf reports whether a value has no parts.
func (v *node) isLeaf() bool { return len(v.elements) == 0 && len(v.members) == 0 }

// isShort reports whether a value is written in the line of its name.
func (v *node) isShort() bool {
	if v.isLeaf() {
		return !v.wantsBlock()
	}
	return v.fits(maxInline) && !v.hasLineBreak()
}

// fitsLine reports whether an object or array is written in one line: if it is short, or an array
// of short values.
func (v *node) fitsLine() bool {
	isLong := func(e *node) bool { return !e.isLeaf() || !e.fits(maxElement) }
	isFlat := v.kind == array && !slices.ContainsFunc(v.elements, isLong)
	return (isFlat || v.fits(maxInline)) && !v.hasLineBreak()
}

// fits reports whether inLine has at most n bytes.
func (v *node) fits(n int) bool { return v.inLineSize(n) <= n }

// inLineSize returns the bytes of inLine, or a number above n as soon as it is known to be larger.
func (v *node) inLineSize(n int) int {
	if v.size > 0 {
		return v.size
	}
	if v.isLeaf() {
		v.size = len(v.inLine())
		return v.size
	}
	size := 1
	for _, e := range v.elements {
		if size += e.inLineSize(n-size) + 1; size > n {
			return size
		}
	}
	for _, m := range v.members {
		if size += len(key(m.name)) + 1 + m.value.inLineSize(n-size) + 1; size > n {
			return size
		}
	}
	v.size = size
	return size
}

// hasLineBreak reports whether a string in v has several lines.
func (v *node) hasLineBreak() bool {
	if v.kind == text {
		return strings.Contains(v.text, "\n")
	}
	for _, e := range v.elements {
		if e.hasLineBreak() {
			return true
		}
	}
	return slices.ContainsFunc(v.members, func(m member) bool { return m.value.hasLineBreak() })
}

func count(n int) string { return "[" + strconv.Itoa(n) + "]" }

// plainName matches names without quotes. Dots separate the names of a column.
var plainName = lazyregexp.New(`^[\pL\pN_$@/][\pL\pN_$@/+~-]*$`)

// looksNumeric matches strings that a reader may take for a number.
var looksNumeric = lazyregexp.New(`^[+-]?[0-9.]+([eE][+-]?[0-9]+)?$`)

// key returns a name as it stands before a value.
func key(name string) string {
	if plainName.MatchString(name) && !hidden(name, "") {
		return name
	}
	if s := strings.ReplaceAll(name, ".", ""); s != name && plainName.MatchString(s) && !hidden(name, "") && name[0] != '.' {
		return name
	}
	return quote(name)
}

// inLine returns a value without line breaks.
func (v *node) inLine() string {
	if v.isLeaf() {
		return v.leaf("")
	}
	var b strings.Builder
	v.inline(&b)
	return b.String()
}

// inline writes an object or array, or a value within one, in one line.
func (v *node) inline(b *strings.Builder) {
	switch {
	case v.isLeaf():
		b.WriteString(v.leaf(",{}[]|\""))
	case v.kind == object:
		for i, m := range v.members {
			b.WriteByte("{,"[min(i, 1)])
			b.WriteString(key(m.name) + ":")
			m.value.inline(b)
		}
		b.WriteByte('}')
	default:
		for i, e := range v.elements {
			b.WriteByte("[,"[min(i, 1)])
			e.inline(b)
		}
		b.WriteByte(']')
	}
}

// leaf returns a value without parts. A string with one of the characters in special is quoted.
func (v *node) leaf(special string) string {
	switch {
	case v.kind == object:
		return "{}"
	case v.kind == array:
		return "[]"
	case v.kind == literal:
		return v.text
	case v.raw != "":
		return v.raw
	case isPlain(v.text) && !strings.ContainsAny(v.text, special):
		return v.text
	}
	return quote(v.text)
}

// isPlain reports whether a string needs no quotes in a line of its own.
func isPlain(s string) bool {
	switch s {
	case "", "null", "true", "false", "|":
		return false
	}
	if s[0] == ' ' || s[len(s)-1] == ' ' || strings.IndexByte(`"{[-`, s[0]) >= 0 && !isDash(s) {
		return false
	}
	return !looksNumeric.MatchString(s) && !hidden(s, "")
}

// looksNamed reports whether a string without a name before it may be taken for a member.
func looksNamed(s string) bool { return strings.Contains(s, ": ") || strings.HasSuffix(s, ":") }

// isDash reports whether a string begins with a dash that cannot be taken for that of an element.
func isDash(s string) bool { return s[0] == '-' && len(s) > 1 && s[1] != ' ' }

// wantsBlock reports whether a string is written as a block of lines: it has several lines, or
// quotes would cost more than a block does. A block has no escapes.
func (v *node) wantsBlock() bool {
	if v.kind != text || v.raw != "" || hidden(v.text, "\n\t") {
		return false
	}
	if strings.Contains(v.text, "\n") {
		return len(v.text) > 20
	}
	const fewEscapes = 4
	return !isPlain(v.text) && strings.Count(v.text, `"`)+strings.Count(v.text, `\`) > fewEscapes
}

// quote returns a string as JSON, with escapes for characters that do not show.
func quote(s string) string {
	b, _ := jsontext.AppendQuote(nil, s) // invalid UTF-8 becomes U+FFFD, as everywhere in JSON
	return escapeHidden(string(b))
}

// escapeHidden escapes characters in a JSON string.
func escapeHidden(s string) string { return visible.JSON(s) }

// hidden reports whether s has characters that do not show, except those in keep.
func hidden(s, keep string) bool {
	for _, r := range s {
		if r >= ' ' && r < 0x7f {
			continue
		}
		if r == 0xfffd || !visible.Shown(r) && !strings.ContainsRune(keep, r) {
			return true
		}
	}
	return false
}
