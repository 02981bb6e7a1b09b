package replay

import (
	"encoding/json"
	"maps"
	"strings"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/view"
)

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
		p.add(view.Unescape(key), pair)
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
	if !json.Valid([]byte(text)) {
		p.add(noName, text)
		return
	}
	type level struct {
		name          string // of the member with the value; elements of an array have the array's
		object, atKey bool   // atKey: the next token is the name of a member
	}
	stack := []level{{}}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	for {
		token, err := d.Token()
		if err != nil {
			return
		}
		top := &stack[len(stack)-1]
		switch v := token.(type) {
		case json.Delim:
			if v == '}' || v == ']' {
				stack = stack[:len(stack)-1]
				stack[len(stack)-1].atKey = stack[len(stack)-1].object
				continue
			}
			stack = append(stack, level{name: top.name, object: v == '{', atKey: v == '{'})
			continue
		case string:
			if top.atKey {
				p.add(noName, v)
				top.name, top.atKey = v, false
				continue
			}
			p.add(top.name, v)
		}
		top.atKey = top.object
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

// ExtractedVariable returns a variable with a text of a flow's redacted form, with the secrets that
// its placeholders stand for.
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
