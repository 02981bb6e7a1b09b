package mcptools

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/view"
)

// placeholders are what package redact writes.
var placeholders = regexp.MustCompile(`\[redacted:[a-z]+:[0-9a-f]{10}\]`)

// secrets are what placeholders stand for, found by laying a flow beside its redacted form. They never leave but
// in requests to an origin that a person named.
type secrets map[string]string

// secretsOf finds the secrets of a flow.
func secretsOf(raw, red *flow.Flow) secrets {
	s := secrets{}
	s.align(raw.Request.Path, red.Request.Path, view.Unescape)
	s.align(raw.Request.RawQuery, red.Request.RawQuery, view.Unescape)
	s.headers(raw.Request.Header, red.Request.Header)
	s.body(raw.Request.Header, raw.Request.Body, red.Request.Header, red.Request.Body)
	if raw.Response != nil && red.Response != nil {
		s.headers(raw.Response.Header, red.Response.Header)
		s.body(raw.Response.Header, raw.Response.Body, red.Response.Header, red.Response.Body)
	}
	return s
}

func (s secrets) headers(raw, red flow.Header) {
	for i := range raw {
		if i < len(red) && raw[i].Name == red[i].Name {
			s.align(raw[i].Value, red[i].Value, nil)
		}
	}
}

func (s secrets) body(rawHeader flow.Header, raw flow.Body, redHeader flow.Header, red flow.Body) {
	a, _, err := decode.Body(rawHeader, raw, view.MaxDecoded)
	if err != nil {
		return
	}
	b, _, err := decode.Body(redHeader, red, view.MaxDecoded)
	if err != nil {
		return
	}
	plain := func(s string) string { return s }
	switch media := rawHeader.MediaType(); {
	case decode.IsForm(media):
		plain = view.Unescape
	case decode.IsJSON(media):
		plain = func(s string) string {
			var out string
			if json.Unmarshal([]byte(`"`+s+`"`), &out) != nil {
				return s
			}
			return out
		}
	}
	s.align(string(a), string(b), plain)
}

// align lays a text beside its redacted form: what stands between the same literals is what a placeholder stands for.
// Where that is not plain, nothing is learnt.
func (s secrets) align(raw, red string, plain func(string) string) {
	marks := placeholders.FindAllStringIndex(red, -1)
	if marks == nil {
		return
	}
	if !strings.HasPrefix(raw, red[:marks[0][0]]) {
		return
	}
	at := marks[0][0]
	found := secrets{}
	for i, m := range marks {
		next, last := len(red), i == len(marks)-1
		if !last {
			next = marks[i+1][0]
		}
		literal := red[m[1]:next]
		end := len(raw) - len(literal)
		if !last {
			n := strings.Index(raw[at:], literal)
			if n <= 0 || literal == "" {
				return
			}
			end = at + n
		}
		if end <= at || raw[end:end+len(literal)] != literal {
			return
		}
		value := raw[at:end]
		if plain != nil {
			value = plain(value)
		}
		found[red[m[0]:m[1]]] = value
		at = end + len(literal)
	}
	for mark, value := range found {
		s[mark] = value
	}
}

// putBack replaces placeholders by what they stand for; missing is one that nothing is known of.
func (s secrets) putBack(text string, escape func(string) string) (out, missing string) {
	out = placeholders.ReplaceAllStringFunc(text, func(mark string) string {
		v, ok := s[mark]
		if !ok {
			missing = mark
			return mark
		}
		if escape != nil {
			v = escape(v)
		}
		return v
	})
	return out, missing
}

// hide puts placeholders in the place of secrets that an answer gives back as they are, or escaped for JSON. Values
// that could be words by chance are left to redaction.
func (s secrets) hide(data []byte) []byte {
	for mark, value := range s {
		if len(value) < 6 {
			continue
		}
		for _, form := range []string{value, inJSON(value), url.QueryEscape(value)} {
			data = bytes.ReplaceAll(data, []byte(form), []byte(mark))
		}
	}
	return data
}

// veil makes a flow fit to be stored, red being its redacted form: what a caller had put where redaction does not find
// it, or an answer gave back, would be shown from then on. The rest stays as it is.
func (s secrets) veil(raw, red flow.Flow) flow.Flow {
	text := func(raw, red string) string {
		if hidden := string(s.hide([]byte(red))); hidden == red {
			return raw
		}
		return string(s.hide([]byte(raw)))
	}
	header := func(raw, red flow.Header) flow.Header {
		out := slices.Clone(raw)
		for i := range out {
			shown := out[i].Value
			if len(red) == len(out) && red[i].Name == out[i].Name {
				shown = red[i].Value
			}
			out[i].Value = text(out[i].Value, shown)
		}
		return out
	}
	body := func(raw, red flow.Body) flow.Body {
		if data := text(string(raw.Data), string(red.Data)); data != string(raw.Data) {
			return flow.Body{Data: []byte(data), Size: int64(len(data)), Truncated: raw.Truncated}
		}
		return raw
	}
	q, r := &raw.Request, &red.Request
	q.Path, q.RawQuery = text(q.Path, r.Path), text(q.RawQuery, r.RawQuery)
	q.Header, q.Body = header(q.Header, r.Header), body(q.Body, r.Body)
	if raw.Response != nil && red.Response != nil {
		a := *raw.Response
		a.Header, a.Body = header(a.Header, red.Response.Header), body(a.Body, red.Response.Body)
		raw.Response = &a
	}
	return raw
}

func inJSON(s string) string {
	raw, _ := json.Marshal(s) // a string: cannot fail
	return strings.TrimSuffix(strings.TrimPrefix(string(raw), `"`), `"`)
}

// queryWith replaces the values of a parameter in a query, or adds it.
func queryWith(query, name, value string) string {
	pairs := strings.Split(query, "&")
	found := false
	for i, p := range pairs {
		key, _, _ := strings.Cut(p, "=")
		if view.Unescape(key) == name {
			pairs[i], found = key+"="+url.QueryEscape(value), true
		}
	}
	if !found {
		if query == "" {
			pairs = nil
		}
		pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	return strings.Join(pairs, "&")
}
