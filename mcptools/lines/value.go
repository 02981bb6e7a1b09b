package lines

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
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

// isShort reports whether a value stands in the line of its name.
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
	for _, m := range v.members {
		if m.value.hasLineBreak() {
			return true
		}
	}
	return false
}

func count(n int) string { return "[" + strconv.Itoa(n) + "]" }
