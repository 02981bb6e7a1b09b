package mcpclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// member is a member of a JSON object.
type member struct {
	name string
	raw  json.RawMessage
}

// readMembers returns the members of a JSON object in their order.
func readMembers(raw json.RawMessage) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil {
		return nil, err
	} else if t != json.Delim('{') {
		return nil, errors.New("not an object")
	}
	var out []member
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := t.(string) // the decoder returns names as strings
		m := member{name: name}
		if err := d.Decode(&m.raw); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// jsonString writes a string as JSON without escapes for HTML.
func jsonString(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil { // cannot fail for a string
		return strconv.Quote(s)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// jsonType returns the type of a JSON text in the words of JSON Schema, "" if it is not JSON.
func jsonType(s string) string {
	v := jsontext.Value(s)
	if !v.IsValid() || strings.TrimSpace(s) != s {
		return ""
	}
	switch v.Kind() {
	case 'n':
		return "null"
	case 't', 'f':
		return "boolean"
	case '"':
		return "string"
	case '0':
		if strings.ContainsAny(s, ".eE") {
			return "number"
		}
		return "integer"
	case '{':
		return "object"
	}
	return "array"
}

// isComposite reports whether a text is a JSON object or array.
func isComposite(s string) bool {
	t := jsonType(strings.TrimSpace(s))
	return t == "object" || t == "array"
}

// isSameJSON reports whether two texts are the same JSON, in any order of members.
func isSameJSON(a, b json.RawMessage) bool {
	canonical := func(raw json.RawMessage) []byte {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		var v any
		if d.Decode(&v) != nil {
			return nil
		}
		out, err := json.Marshal(v)
		if err != nil {
			return nil
		}
		return out
	}
	x, y := canonical(a), canonical(b)
	return x != nil && bytes.Equal(x, y)
}
