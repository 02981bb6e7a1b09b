package redact

import (
	"bytes"
	"encoding/json"
	"strings"
	"unsafe"

	"github.com/spectap/spectap/flow/jsonscan"
	"github.com/spectap/spectap/flow/redact/find"
	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// isDelim reports whether a literal ends before c.
func isDelim(c byte) bool {
	return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == ':' ||
		c == '"' || c == '{' || c == '['
}

// maxNoJSON bounds the bytes of a text that may be taken for JSON before it turns out to be another
// one with a bracket at its start, which is then read as a whole: [host]:25 ann:x.
const maxNoJSON = 128

// redactRest treats the rest as text, from i or from the name of the value at i.
func (w *jsonRedactor) redactRest(i int) {
	if w.in[i] == '"' && w.wantsValue() && w.isSecretIfCut(i) {
		if tail := string(w.in[i+1:]); !find.IsHarmless(tail) {
			w.replaceRaw(i+1, len(w.in), w.r.placeholder(tail))
		}
		return
	}
	if w.nameAt >= w.done {
		i = w.nameAt
	} else if w.in[i] == ':' { // a name where JSON has none: ["password": "x"]
		i = w.stringBefore(i)
	}
	if w.out == nil && i < maxNoJSON && (!w.hasValues() || isOpening(w.in[:i])) {
		i = 0
	}
	tail := string(w.in[i:])
	if out := w.r.redactSpans(w.r.rules.text(w.r, tail), names.Plain); out != tail {
		w.replaceRaw(i, len(w.in), out)
	}
}

// isOpening reports whether a text has brackets and nothing else, as the head of a section in TOML
// begins: [[secrets]].
func isOpening(text []byte) bool { return len(bytes.TrimLeft(text, "[")) == 0 }

// stringBefore returns the start of the string that ends before i and was not replaced, or i.
func (w *jsonRedactor) stringBefore(i int) int {
	end := len(bytes.TrimRight(w.in[:i], " \t\r\n"))
	if end < 2 || w.in[end-1] != '"' {
		return i
	}
	if start := bytes.LastIndexByte(w.in[:end-1], '"'); start >= w.done {
		return start
	}
	return i
}

// hasValues reports whether an object or array is open, and has a value or the name of one.
func (w *jsonRedactor) hasValues() bool {
	return len(w.stack) > 1 || len(w.stack) == 1 && w.state != wantFirst && w.state != wantFirstName
}

// nestedJSON redacts a string that is JSON itself.
func (r *Redactor) nestedJSON(s string) (string, bool) {
	if s == "" || s[0] != '{' && s[0] != '[' || !json.Valid(bytesOf(s)) {
		return s, false
	}
	return string(r.jsonOnce(bytesOf(s))), true
}

// memberName returns a name as written and decoded, and redacts it: the names of a map may be
// addresses or tokens. What a redacted name says about its value is the same in a second redaction.
func (w *jsonRedactor) memberName(i, end int, escaped bool) (raw []byte, name string) {
	raw = w.in[i+1 : end]
	if name = stringOf(raw); escaped {
		name = unquote(w.in[i : end+1])
	}
	// What no colon follows is no name, and text with all that follows.
	if at := jsonscan.Space(w.in, end+1); len(raw) < 6 || at < len(w.in) && w.in[at] != ':' {
		return raw, name
	}
	out := w.r.dataName(name)
	if out == name && w.stack[len(w.stack)-1].sensitivity == names.Below && find.LooksGenerated(name) {
		out = w.r.placeholder(name) // {"api_keys": {"…": {"scopes": …}}}
	}
	if out != name {
		w.replace(i, end+1, out)
		quoted := quote(out)
		return []byte(quoted[1 : len(quoted)-1]), out
	}
	return raw, name
}

// dataName redacts a name that may be data, as in maps: an address, a token, a long random word.
func (r *Redactor) dataName(name string) string {
	sensitivity := names.Identifier
	if len(name) >= form.MinRandomLen || len(name) >= 9 && (ascii.IsDigit(name[0]) || ascii.IsDigit(name[2])) {
		sensitivity = names.Plain
	}
	if r.rules.hasRegexps() {
		name = r.rules.text(r, name)
	}
	return r.redactSpans(name, sensitivity)
}

// sensitivityCache caches the sensitivity of names, which repeat in lists of objects.
type sensitivityCache struct {
	names  [64][]byte
	values [64]names.Sensitivity
	roles  [64]names.PairRole
}

// of returns the sensitivity and the role of a name.
func (c *sensitivityCache) of(name []byte) (names.Sensitivity, names.PairRole) {
	if len(name) < 2 || len(name) > names.MaxLen {
		return names.Plain, names.PairRoleOf(stringOf(name))
	}
	h := (uint(name[0])*31 + uint(name[len(name)-1])*7 + uint(len(name))*13 + uint(name[len(name)/2])) % 64
	if string(c.names[h]) != string(name) {
		c.names[h], c.values[h], c.roles[h] = name, names.SensitivityOf(stringOf(name)), names.PairRoleOf(stringOf(name))
	}
	return c.values[h], c.roles[h]
}

// nameOfValue returns the name of the next value, that of its list if it is an element.
func (w *jsonRedactor) nameOfValue() string {
	switch n := len(w.stack); {
	case n == 0:
		return stringOf(w.root)
	case w.stack[n-1].array:
		return stringOf(w.stack[n-1].name)
	}
	return stringOf(w.name)
}

// unquote decodes a JSON string. It returns the text between the quotes if that is invalid.
func unquote(b []byte) string {
	var s string
	if json.Unmarshal(b, &s) != nil {
		return string(b[1 : len(b)-1])
	}
	return s
}

// quote returns s as a JSON string.
func quote(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// stringOf returns bytes as a string without copying them. The bytes must not change while the
// string is in use.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf returns a string as bytes without copying it. The bytes must not be written to.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// replace replaces in[i:end] by a string.
func (w *jsonRedactor) replace(i, end int, value string) {
	w.replaceRaw(i, end, quote(value))
}

// replaceRaw replaces in[i:end] by text.
func (w *jsonRedactor) replaceRaw(i, end int, text string) {
	if w.out == nil {
		w.out = make([]byte, 0, len(w.in)+64)
	}
	w.out = append(w.out, w.in[w.done:i]...)
	w.out = append(w.out, text...)
	w.done = end
}
