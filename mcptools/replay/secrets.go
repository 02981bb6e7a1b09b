package replay

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/standin"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/view"
)

// Secrets maps placeholders to the secrets that they stand for. Secrets leave the process only in
// requests to an origin that a person has allowed.
type Secrets map[string]string

// SecretsOf returns the secrets of a flow, by comparing it with its redacted form.
func SecretsOf(raw, redacted *flow.Flow) Secrets {
	s := Secrets{}
	s.align(raw.Request.Path, redacted.Request.Path, view.Unescape)
	s.align(raw.Request.RawQuery, redacted.Request.RawQuery, view.Unescape)
	s.alignHeaders(raw.Request.Header, redacted.Request.Header)
	s.alignBodies(raw.Request.Header, raw.Request.Body, redacted.Request.Header, redacted.Request.Body)
	if raw.Response != nil && redacted.Response != nil {
		s.alignHeaders(raw.Response.Header, redacted.Response.Header)
		s.alignBodies(raw.Response.Header, raw.Response.Body, redacted.Response.Header, redacted.Response.Body)
	}
	return s
}

func (s Secrets) alignHeaders(raw, redacted flow.Header) {
	for i := range raw {
		if i < len(redacted) && raw[i].Name == redacted[i].Name {
			s.align(raw[i].Value, redacted[i].Value, nil)
		}
	}
}

func (s Secrets) alignBodies(rawHeader flow.Header, raw flow.Body, redactedHeader flow.Header, redacted flow.Body) {
	a, _, err := decode.Body(rawHeader, raw, view.MaxDecoded)
	if err != nil {
		return
	}
	b, _, err := decode.Body(redactedHeader, redacted, view.MaxDecoded)
	if err != nil {
		return
	}
	unescape := func(s string) string { return s }
	switch media := decode.Kind(rawHeader.MediaType(), a); {
	case decode.IsForm(media):
		unescape = view.Unescape
	case decode.IsJSON(media):
		unescape = unescapeJSON
	}
	s.align(string(a), string(b), unescape)
}

// align compares a text with its redacted form. The text between two literals of the redacted form
// is the secret of the placeholder between them. If the literals do not match, align adds nothing.
func (s Secrets) align(raw, redacted string, unescape func(string) string) {
	marks := placeholder.FindAllIndex(redacted)
	if marks == nil || !strings.HasPrefix(raw, redacted[:marks[0][0]]) {
		return
	}
	start := marks[0][0]
	found := Secrets{}
	for i, m := range marks {
		next, last := len(redacted), i == len(marks)-1
		if !last {
			next = marks[i+1][0]
		}
		literal := redacted[m[1]:next]
		end := len(raw) - len(literal)
		if !last {
			n := strings.Index(raw[start:], literal)
			if n <= 0 || literal == "" {
				return
			}
			end = start + n
		}
		if end <= start || raw[end:end+len(literal)] != literal {
			return
		}
		value := raw[start:end]
		if unescape != nil {
			value = unescape(value)
		}
		if !mark.Is(value) && !standin.Is(value) { // else redacted before it was stored: there is no secret
			found[redacted[m[0]:m[1]]] = value
		}
		start = end + len(literal)
	}
	for mark, value := range found {
		s[mark] = value
	}
}

// Restore replaces placeholders by their secrets. missing is a placeholder without a known secret,
// or "".
func (s Secrets) Restore(text string, escape func(string) string) (out, missing string) {
	out = placeholder.ReplaceAll(text, func(mark string) string {
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

// Hide replaces secrets in a response by their placeholders, in the forms of package echo. It skips
// secrets shorter than [egress.MinEchoLength], which may occur by chance.
func (s Secrets) Hide(data []byte) []byte {
	for mark, value := range s {
		data = egress.HideEcho(data, mark, value)
	}
	return data
}

// isIn reports whether Hide finds a secret in data.
func (s Secrets) isIn(data []byte) bool { return !bytes.Equal(s.Hide(data), data) }

// HideInFlow hides the secrets that remain in the redacted form of a flow. It returns raw with
// those texts changed and all others as they are.
func (s Secrets) HideInFlow(raw, redacted flow.Flow) flow.Flow {
	q, r := &raw.Request, &redacted.Request
	q.Path, q.RawQuery = s.hideInText(q.Path, r.Path), s.hideInText(q.RawQuery, r.RawQuery)
	q.Header, q.Body = s.hideInHeader(q.Header, r.Header), s.hideInBody(q.Body, r.Body)
	if raw.Response != nil && redacted.Response != nil {
		a := *raw.Response
		a.Header, a.Body = s.hideInHeader(a.Header, redacted.Response.Header), s.hideInBody(a.Body,
			redacted.Response.Body)
		raw.Response = &a
	}
	return raw
}

func (s Secrets) hideInText(raw, redacted string) string {
	if hidden := string(s.Hide([]byte(redacted))); hidden == redacted {
		return raw
	}
	return string(s.Hide([]byte(raw)))
}

func (s Secrets) hideInHeader(raw, redacted flow.Header) flow.Header {
	out := slices.Clone(raw)
	for i := range out {
		shown := out[i].Value
		if len(redacted) == len(out) && redacted[i].Name == out[i].Name {
			shown = redacted[i].Value
		}
		out[i].Value = s.hideInText(out[i].Value, shown)
	}
	return out
}

func (s Secrets) hideInBody(raw, redacted flow.Body) flow.Body {
	if data := s.hideInText(string(raw.Data), string(redacted.Data)); data != string(raw.Data) {
		return flow.Body{Data: []byte(data), Size: int64(len(data)), Truncated: raw.Truncated}
	}
	return raw
}

// escapeJSON escapes s for a JSON string.
func escapeJSON(s string) string {
	raw, _ := json.Marshal(s) // a string: cannot fail
	return strings.TrimSuffix(strings.TrimPrefix(string(raw), `"`), `"`)
}

// unescapeJSON is the inverse of escapeJSON. It returns an invalid text unchanged.
func unescapeJSON(s string) string {
	var out string
	if json.Unmarshal([]byte(`"`+s+`"`), &out) != nil {
		return s
	}
	return out
}
