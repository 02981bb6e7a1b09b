package jsonvalue

import (
	"strconv"
	"strings"
)

// This file reads and writes JSON Pointers (RFC 6901).

var escape, unescape = strings.NewReplacer("~", "~0", "/", "~1"), strings.NewReplacer("~1", "/", "~0", "~")

// Pointer returns the JSON pointer with the given tokens.
func Pointer(tokens ...string) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteByte('/')
		if strings.ContainsAny(t, "~/") {
			t = escape.Replace(t)
		}
		b.WriteString(t)
	}
	return b.String()
}

// Token returns a token as it is without the escapes of a pointer.
func Token(escaped string) string {
	if !strings.Contains(escaped, "~") {
		return escaped
	}
	return unescape.Replace(escaped)
}

// Tokens returns the tokens of a pointer, nil for "".
func Tokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	out := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, t := range out {
		out[i] = Token(t)
	}
	return out
}

// At returns the value at tokens in decoded JSON. It reports false if there is no such value.
func At(v any, tokens ...string) (any, bool) {
	ok := true
	for _, token := range tokens {
		switch in := v.(type) {
		case map[string]any:
			v, ok = in[token]
		case []any:
			i, err := strconv.Atoi(token)
			if ok = err == nil && i >= 0 && i < len(in); ok {
				v = in[i]
			}
		default:
			ok = false
		}
		if !ok {
			return nil, false
		}
	}
	return v, true
}
