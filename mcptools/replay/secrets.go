package replay

import (
	"bytes"
	"encoding/json"
	"maps"
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

// Secrets maps placeholders to their secrets. Secrets leave the process only in requests to an
// origin that a person has allowed.
type Secrets map[string]string

// SecretsOf returns the secrets of a flow, by comparing it with its redacted form.
func SecretsOf(raw, redacted *flow.Flow) Secrets {
	s := Secrets{}
	s.align(raw.Request.Path, redacted.Request.Path, decode.Unescape)
	s.align(raw.Request.RawQuery, redacted.Request.RawQuery, decode.Unescape)
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
		unescape = decode.Unescape
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

// noName is the name of placeholders that stand where they cannot be restored.
const noName = mark.NoName

// placesOf returns the places of the placeholders of a redacted flow. A secret is restored only
// where it stood: redaction finds it by the name, so under another name it would be shown when it
// comes back.
func placesOf(redacted *flow.Flow) mark.Places {
	p := mark.Places{}
	p.Add(noName, placeholder.Unescape(redacted.Request.Path))
	p.AddForm(placeholder.Unescape(redacted.Request.RawQuery))
	addMessage(p, redacted.Request.Header, redacted.Request.Body)
	if redacted.Response != nil {
		addMessage(p, redacted.Response.Header, redacted.Response.Body)
	}
	return p
}

func addMessage(p mark.Places, h flow.Header, b flow.Body) {
	for _, f := range h {
		addField(p, f.Name, f.Value)
	}
	if data, _, err := decode.Body(h, b, view.MaxDecoded); err == nil {
		p.AddBody(h.MediaType(), placeholder.Unescape(string(data)))
	}
}

// addField adds a header under its name, and cookies under theirs.
func addField(p mark.Places, name, value string) {
	value = placeholder.Unescape(value)
	if !strings.EqualFold(name, "Cookie") && !strings.EqualFold(name, "Set-Cookie") {
		p.Add(name, value)
		return
	}
	for pair := range strings.SplitSeq(value, ";") {
		key, _, _ := strings.Cut(strings.TrimSpace(pair), "=")
		p.Add(key, pair)
	}
}

// shortest is the length in bytes of the shortest secret that [Secrets.Hide] finds in a response.
const shortest = egress.MinEchoLength

// misplaced returns a placeholder of the caller's text, and its name there, that may not be
// restored in that place. Secrets of variables are made to be used elsewhere. They may be, unless
// they are too short to be hidden when they come back.
func (r *Request) misplaced(used mark.Places) (mark, name string) {
	for mark, names := range used {
		fromVariable, isVariable := r.variablePlaces[mark]
		if isVariable && len(r.secrets[mark]) >= shortest {
			continue
		}
		if len(names) == 0 {
			return mark, ""
		}
		for name := range names {
			if name == noName || r.places[mark][name] == 0 && fromVariable[name] == 0 {
				return mark, strings.TrimSuffix(name, noName)
			}
		}
	}
	return "", ""
}

// ExtractedVariable returns a variable with a text of a flow's redacted form, and the secrets of
// its placeholders.
func ExtractedVariable(text string, raw, redacted *flow.Flow) Variable {
	v := Variable{Text: text, Secrets: Secrets{}, Origin: raw.Request.Origin(), places: mark.Places{}}
	used := mark.Places{}
	used.Add("", text)
	secrets, all := SecretsOf(raw, redacted), placesOf(redacted)
	for mark := range used {
		if value, ok := secrets[mark]; ok {
			v.Secrets[mark], v.places[mark] = value, maps.Clone(all[mark])
		}
	}
	return v
}
