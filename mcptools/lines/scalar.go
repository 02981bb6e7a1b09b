package lines

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/internal/visible"
)

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

// looksNamed reports whether a string that has no name before it may be taken for a member.
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
