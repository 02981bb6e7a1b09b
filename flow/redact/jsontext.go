package redact

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// isLiteral says whether b is a number, true, false or null.
func isLiteral(b []byte) bool {
	switch string(b) {
	case "true", "false", "null":
		return true
	}
	for _, c := range b {
		if !isDigit(c) && c != '-' && c != '+' && c != '.' && c|0x20 != 'e' {
			return false
		}
	}
	return true
}

func isDelim(c byte) bool {
	return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == ':' || c == '"' || c == '{' || c == '['
}

// stringEnd returns where the string whose first character is at i ends, -1 when it does not.
func stringEnd(b []byte, i int) (end int, escaped bool) {
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i, escaped
		case '\\':
			escaped = true
			i++
		}
	}
	return -1, escaped
}

// isNameName says whether a member of that name holds the name of something.
func isNameName(name []byte) bool {
	switch string(name) {
	case "name", "key", "field", "header", "parameter", "variable", "Name", "Key":
		return true
	}
	return false
}

// isValueName says whether a member of that name holds the value of what is named beside it.
func isValueName(name []byte) bool {
	switch string(name) {
	case "value", "val", "Value":
		return true
	}
	return false
}

// classCache remembers the classes of names, which come again and again in a list of things.
type classCache struct {
	names   [64][]byte
	classes [64]Class
}

func (c *classCache) of(name []byte) Class {
	if len(name) < 2 || len(name) > maxName {
		return Plain
	}
	h := (uint(name[0])*31 + uint(name[len(name)-1])*7 + uint(len(name))*13 + uint(name[len(name)/2])) % 64
	if string(c.names[h]) != string(name) {
		c.names[h], c.classes[h] = name, ClassOf(stringOf(name))
	}
	return c.classes[h]
}

func unquote(b []byte) string {
	var s string
	if json.Unmarshal(b, &s) != nil {
		return string(b[1 : len(b)-1])
	}
	return s
}

// quote writes a JSON string.
func quote(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// stringOf looks at bytes as a string, without a copy. The string must not live longer than the bytes stay as
// they are.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf looks at a string as bytes, which must not be written to.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
