package mark

import (
	"encoding/json"
	"strings"

	"github.com/spectap/spectap/flow/decode"
)

// Places counts, for each placeholder, the names under which texts have it. Redaction finds many
// secrets by their names alone.
type Places map[string]map[string]int

// NoName is the name of placeholders that are part of a name, or of invalid JSON.
const NoName = "\x00"

// Add adds the placeholders in a text under a name.
func (p Places) Add(name, text string) {
	for start, end, ok := Next(text); ok; start, end, ok = Next(text) {
		m := text[start:end]
		if p[m] == nil {
			p[m] = map[string]int{}
		}
		p[m][strings.ToLower(name)]++
		text = text[end:]
	}
}

// AddForm adds a query or form under the names of its fields.
func (p Places) AddForm(form string) {
	for pair := range strings.SplitSeq(form, "&") {
		key, _, _ := strings.Cut(pair, "=")
		p.Add(decode.Unescape(key), pair)
	}
}

// AddBody adds JSON under the names of members and forms under the names of fields. In other text a
// place is named by the bytes before it.
func (p Places) AddBody(mediaType, text string) {
	kind := decode.Kind(mediaType, []byte(text))
	switch {
	case decode.IsForm(kind):
		p.AddForm(text)
	case decode.IsJSON(kind):
		p.addJSON(text)
	default:
		for at := 0; ; {
			start, end, ok := Next(text[at:])
			if !ok {
				return
			}
			start, end = at+start, at+end
			p.Add(text[max(0, start-contextBytes):start], text[start:end])
			at = end
		}
	}
}

// contextBytes is the number of bytes before a placeholder that name its place in text without
// known structure: enough for the name of an element or part.
const contextBytes = 12

// addJSON adds all strings, also those of repeated members.
func (p Places) addJSON(text string) {
	if !json.Valid([]byte(text)) {
		p.Add(NoName, text)
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
				p.Add(NoName, v)
				top.name, top.atKey = v, false
				continue
			}
			p.Add(top.name, v)
		}
		top.atKey = top.object
	}
}
