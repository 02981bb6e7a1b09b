package main

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// containsValue reports whether value is anywhere in a flow: literally, percent-encoded, or in an
// encoded body.
func containsValue(f *flow.Flow, value []byte) bool {
	text := string(value)
	in := func(s string) bool {
		if strings.Contains(s, text) {
			return true
		}
		u, err := url.QueryUnescape(s)
		return err == nil && strings.Contains(u, text)
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
		if bytes.Contains(m.Data, value) || strings.Contains(jsonUnescaped(string(m.Data)), text) {
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

// jsonUnescaped replaces the JSON escape sequences that encoders may or may not use. It returns ""
// if there is none.
func jsonUnescaped(s string) string {
	if !strings.Contains(s, `\`) {
		return ""
	}
	return strings.NewReplacer(`\/`, "/", `\"`, `"`, `\\`, `\`, `\n`, "\n", `\t`, "\t",
		`\u0026`, "&", `\u003c`, "<", `\u003e`, ">", `\u003d`, "=", `\u002b`, "+").Replace(s)
}
