package egress

import (
	"bytes"
	"html"
	"slices"
	"strconv"
	"unicode/utf8"
)

// text is data after unescaping. The byte i of data comes from the bytes from at[i] to at[i+1] of
// the source.
type text struct {
	data []byte
	at   []int32
}

// maxLevels bounds how often data is unescaped.
const maxLevels = 3

// hideEscaped replaces forms that have escapes in data, of one level first.
func hideEscaped(data []byte, forms []string, mark string) []byte {
	for levels := 1; levels <= maxLevels; levels++ {
		t := text{data: data}
		for range levels {
			next, changed := t.unescape()
			if !changed {
				return data
			}
			t = next
		}
		data = t.hide(data, forms, mark)
	}
	return data
}

// span is a range of bytes.
type span struct{ from, to int }

// hide replaces the source of each form in the unescaped text.
func (t text) hide(source []byte, forms []string, mark string) []byte {
	var found []span
	for _, form := range forms {
		for start := 0; ; {
			i := bytes.Index(t.data[start:], []byte(form))
			if i < 0 {
				break
			}
			start += i + len(form)
			found = append(found, span{start - len(form), start})
		}
	}
	if found == nil {
		return source
	}
	slices.SortFunc(found, func(a, b span) int { return a.from - b.from })
	var out []byte
	end := 0 // end of the written or replaced part, in source
	for i := 0; i < len(found); {
		to := found[i].to
		next := i + 1
		for ; next < len(found) && found[next].from <= to; next++ {
			to = max(to, found[next].to)
		}
		if from := int(t.at[found[i].from]); from >= end {
			out = append(append(out, source[end:from]...), mark...)
		}
		end = int(t.at[to])
		i = next
	}
	return append(out, source[end:]...)
}

// unescape removes one level of escapes, and reports whether there were any.
func (t text) unescape() (text, bool) {
	if !bytes.ContainsAny(t.data, `%\&`) {
		return t, false
	}
	source := func(i int) int32 {
		if t.at == nil {
			return int32(i)
		}
		return t.at[i]
	}
	var out text
	changed := false
	for i := 0; i < len(t.data); {
		s, n := unescapeOne(t.data[i:])
		if n == 0 {
			s, n = string(t.data[i:i+1]), 1
		} else {
			changed = true
		}
		for range len(s) {
			out.at = append(out.at, source(i))
		}
		out.data = append(out.data, s...)
		i += n
	}
	out.at = append(out.at, source(len(t.data)))
	return out, changed
}

// unescapeOne decodes the escape at the start of b. It returns the length of the escape, or 0
// without an escape.
func unescapeOne(b []byte) (string, int) {
	switch b[0] {
	case '%':
		if c, ok := number(b, 1, 2, 16); ok {
			return string([]byte{byte(c)}), 3
		}
	case '\\':
		return unescapeBackslash(b)
	case '&':
		end := bytes.IndexByte(b[:min(len(b), 12)], ';')
		if end < 0 {
			return "", 0
		}
		entity := string(b[:end+1])
		if s := html.UnescapeString(entity); s != entity {
			return s, end + 1
		}
	}
	return "", 0
}

// unescapeBackslash decodes \u, \x and an escaped quote, slash or backslash.
func unescapeBackslash(b []byte) (string, int) {
	if len(b) < 2 {
		return "", 0
	}
	switch b[1] {
	case '"', '\'', '/', '\\':
		return string(b[1:2]), 2
	case 'u':
		if c, ok := number(b, 2, 4, 16); ok {
			return string(utf8.AppendRune(nil, rune(c))), 6
		}
	case 'x':
		if c, ok := number(b, 2, 2, 16); ok {
			return string([]byte{byte(c)}), 4
		}
	}
	return "", 0
}

func number(b []byte, at, digits, base int) (uint64, bool) {
	if len(b) < at+digits {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[at:at+digits]), base, 32)
	return n, err == nil
}
