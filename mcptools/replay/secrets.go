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
	"github.com/spectap/spectap/flow/redact/scan"
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
			s.align(raw[i].Value, redacted[i].Value, strings.Clone)
		}
	}
}

func (s Secrets) alignBodies(rawHeader flow.Header, raw flow.Body, redactedHeader flow.Header, redacted flow.Body) {
	a, _, err := decode.Body(rawHeader, raw, view.MaxDecoded)
	b, _, err2 := decode.Body(redactedHeader, redacted, view.MaxDecoded)
	if err != nil || err2 != nil {
		return
	}
	unescape := strings.Clone
	switch media := decode.Kind(rawHeader.MediaType(), a); {
	case decode.IsForm(media):
		unescape = decode.Unescape
	case decode.IsJSON(media):
		unescape = scan.JSON.Decode
	}
	s.align(string(a), string(b), unescape)
}

// align compares a text with its redacted form. If they differ by more than placeholders, it adds
// nothing.
func (s Secrets) align(raw, redacted string, unescape func(string) string) {
	pairs, ok := mark.Align(redacted, raw)
	for _, p := range pairs {
		value := unescape(p[1])
		// Else it was redacted before it was stored, or is a number, for which no text can stand.
		if ok && !mark.Is(value) && !standin.Is(value) && mark.Is(p[0]) {
			s[p[0]] = value
		}
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

// places has the names under which placeholders stand. A secret is restored only where it stood:
// redaction finds it by the name, so under another name it would be shown when it comes back.
type places map[string]map[string]bool

// noName is the name of placeholders that stand where they cannot be restored.
const noName = "\x00"

// placesOf returns the places of the placeholders of a redacted flow.
func placesOf(redacted *flow.Flow) places {
	p := places{}
	p.add(noName, redacted.Request.Path)
	p.addForm(redacted.Request.RawQuery)
	p.addMessage(redacted.Request.Header, redacted.Request.Body)
	if redacted.Response != nil {
		p.addMessage(redacted.Response.Header, redacted.Response.Body)
	}
	return p
}

func (p places) addMessage(h flow.Header, b flow.Body) {
	for _, f := range h {
		p.addHeader(f.Name, f.Value)
	}
	if data, _, err := decode.Body(h, b, view.MaxDecoded); err == nil {
		p.addBody(h.MediaType(), string(data))
	}
}

// add adds the placeholders in a text under a name.
func (p places) add(name, text string) {
	placeholder.ReplaceAll(placeholder.Unescape(text), func(mark string) string {
		if p[mark] == nil {
			p[mark] = map[string]bool{}
		}
		p[mark][strings.ToLower(name)] = true
		return mark
	})
}

// addHeader adds a header under its name, and cookies under theirs.
func (p places) addHeader(name, value string) {
	if !strings.EqualFold(name, "Cookie") && !strings.EqualFold(name, "Set-Cookie") {
		p.add(name, value)
		return
	}
	for pair := range strings.SplitSeq(value, ";") {
		key, _, _ := strings.Cut(strings.TrimSpace(pair), "=")
		p.add(key, pair)
	}
}

func (p places) addForm(form string) {
	for pair := range strings.SplitSeq(form, "&") {
		key, _, _ := strings.Cut(pair, "=")
		p.add(decode.Unescape(key), pair)
	}
}

// addBody adds JSON under the names of members and forms under the names of fields. In other text a
// place is named by the bytes before it.
func (p places) addBody(media, text string) {
	media = decode.Kind(media, []byte(text))
	switch {
	case decode.IsForm(media):
		p.addForm(text)
	case decode.IsJSON(media):
		p.addJSON(text)
	default:
		for _, at := range placeholder.FindAllIndex(text) {
			p.add(text[max(0, at[0]-contextBytes):at[0]], text[at[0]:at[1]])
		}
	}
}

// contextBytes is the number of bytes before a placeholder that name its place in text without
// known structure: enough for the name of an element or part.
const contextBytes = 12

// addJSON adds all strings, also those of repeated members.
func (p places) addJSON(text string) {
	t := scan.ReadJSON(text)
	if t.Rest < len(text) || !json.Valid([]byte(text)) {
		p.add(noName, text)
		return
	}
	names := make([]string, len(t.Nodes)) // elements of an array have that of the array
	for k := range t.Nodes[1:] {
		i := int32(k + 1)
		n := &t.Nodes[i]
		if names[i] = names[n.Parent]; n.Names == scan.JSON {
			names[i] = t.NameOf(i)
			p.add(noName, names[i])
		}
		if n.Kind == scan.String {
			p.add(names[i], t.ValueOf(i))
		}
	}
}

// shortest is the length in bytes of the shortest secret that [Secrets.Hide] finds in a response.
const shortest = egress.MinEchoLength

// misplaced returns a placeholder of the caller's text, and its name there, that may not be
// restored in that place. Secrets of variables are made to be used elsewhere. They may be, unless
// they are too short to be hidden when they come back.
func (r *Request) misplaced(used places) (mark, name string) {
	for mark, names := range used {
		fromVariable, isVariable := r.variablePlaces[mark]
		if isVariable && len(r.secrets[mark]) >= shortest {
			continue
		}
		if len(names) == 0 {
			return mark, ""
		}
		for name := range names {
			if name == noName || !r.places[mark][name] && !fromVariable[name] {
				return mark, strings.TrimSuffix(name, noName)
			}
		}
	}
	return "", ""
}

// ExtractedVariable returns a variable with a text of a flow's redacted form, and the secrets of
// its placeholders.
func ExtractedVariable(text string, raw, redacted *flow.Flow) Variable {
	v := Variable{Text: text, Secrets: Secrets{}, Origin: raw.Request.Origin(), places: places{}}
	used := places{}
	used.add("", text)
	secrets, all := SecretsOf(raw, redacted), placesOf(redacted)
	for mark := range used {
		if value, ok := secrets[mark]; ok {
			v.Secrets[mark], v.places[mark] = value, maps.Clone(all[mark])
		}
	}
	return v
}
