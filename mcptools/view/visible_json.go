package view

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// VisibleJSON applies [Visible] to the names and strings in JSON. The result is data itself if
// nothing in it is hidden.
func VisibleJSON(data []byte) []byte {
	var out []byte
	done := 0 // how much of data out has
	for i := 0; i < len(data); i++ {
		if data[i] != '"' {
			continue
		}
		start, odd := i, false
		for i++; i < len(data) && data[i] != '"'; i++ {
			switch c := data[i]; {
			case c == '\\':
				i++
				odd = odd || i < len(data) && bytes.IndexByte([]byte("ubfr"), data[i]) >= 0
			case c < ' ' || c >= 0x7f:
				odd = true
			}
		}
		if !odd || i >= len(data) {
			continue
		}
		if s, changed := visibleString(data[start : i+1]); changed {
			out = append(append(out, data[done:start]...), s...)
			done = i + 1
		}
	}
	if out == nil {
		return data
	}
	return append(out, data[done:]...)
}

// visibleString applies Visible to a string of JSON, and reports whether that changes it.
func visibleString(literal []byte) ([]byte, bool) {
	var s string
	if err := json.Unmarshal(literal, &s); err != nil {
		return nil, false
	}
	shown := Visible(s)
	if shown == s && utf8.Valid(literal) {
		return nil, false
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(shown) // cannot fail: a string
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), true
}
