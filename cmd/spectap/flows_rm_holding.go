package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/hexdigit"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// containsValue reports whether value is anywhere in a flow: literally, percent-encoded, or in an
// encoded body.
func containsValue(f *flow.Flow, value []byte) bool {
	text := string(value)
	in := func(s string) bool {
		if strings.Contains(s, text) {
			return true
		}
		return strings.Contains(percentDecoded(s), text) ||
			strings.Contains(percentDecoded(strings.ReplaceAll(s, "+", " ")), text) // in queries and forms
	}
	message := func(h, trailer flow.Header, b flow.Body) bool {
		for _, x := range append(h[:len(h):len(h)], trailer...) {
			if in(x.Name) || in(x.Value) || inBasic(x.Value, text) {
				return true
			}
		}
		data, _, _ := decode.Body(h, b, 0)
		return in(string(data)) || bytes.Contains(b.Data, value) || strings.Contains(jsonUnescaped(string(data)), text)
	}
	for _, m := range f.Messages {
		if in(string(m.Data)) || strings.Contains(jsonUnescaped(string(m.Data)), text) {
			return true
		}
	}
	q := &f.Request
	return in(q.Path) || in(q.RawQuery) || in(f.Err) || in(q.Authority) || message(q.Header, q.Trailer, q.Body) ||
		f.Response != nil && message(f.Response.Header, f.Response.Trailer, f.Response.Body)
}

// inBasic reports whether the credentials of a Basic authorization contain text.
func inBasic(value, text string) bool {
	scheme, encoded, ok := strings.Cut(value, " ")
	if !ok || !strings.EqualFold(scheme, "basic") {
		return false
	}
	data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	return err == nil && strings.Contains(string(data), text)
}

// percentDecoded decodes the percent-encoding of s, and keeps percent signs that begin none.
func percentDecoded(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && hexdigit.Is(s[i+1]) && hexdigit.Is(s[i+2]) {
			b = append(b, hexdigit.Value(s[i+1])<<4|hexdigit.Value(s[i+2]))
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

// jsonUnescaped replaces the escape sequences of JSON strings in s. It returns "" if there is none.
func jsonUnescaped(s string) string {
	if !strings.Contains(s, `\`) {
		return ""
	}
	s = unicodeEscapes.Get().ReplaceAllStringFunc(s, func(run string) string {
		var text string
		if json.Unmarshal([]byte(`"`+run+`"`), &text) != nil {
			return run
		}
		return text
	})
	return strings.NewReplacer(`\/`, "/", `\"`, `"`, `\\`, `\`, `\n`, "\n", `\t`, "\t").Replace(s)
}

// unicodeEscapes matches a run of escaped characters, which may be surrogate pairs.
var unicodeEscapes = lazyregexp.New(`(\\u[0-9a-fA-F]{4})+`)
