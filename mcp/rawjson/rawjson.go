// Package rawjson takes JSON apart and puts it together, each value as it was written: numbers,
// strings and unknown members do not change. It expects values that were parsed strictly: errors
// within a member go unnoticed. Read rawjson.go first.
package rawjson

import (
	"encoding/json"
	"errors"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// Member is a member of an object, in the order of the text.
type Member struct {
	Name  string
	Value jsontext.Value
}

// Split returns the members of an object. Their values are parts of text.
func Split(text jsontext.Value) ([]Member, error) {
	at := jsonvalue.Space(text, 0)
	if at == len(text) || text[at] != '{' {
		return nil, errors.New("not an object")
	}
	var members []Member
	for at = jsonvalue.Space(text, at+1); at < len(text) && text[at] != '}'; {
		name, end, err := nameAt(text, at)
		if err != nil {
			return nil, err
		}
		start := jsonvalue.Space(text, end)
		if end = jsonvalue.ValueEnd(text, start); end == start || end == len(text) {
			return nil, errOpen
		}
		if members == nil {
			members = make([]Member, 0, 4)
		}
		members = append(members, Member{name, text[start:end:end]})
		if at = jsonvalue.Space(text, end); at < len(text) && text[at] == ',' {
			at = jsonvalue.Space(text, at+1)
		} else {
			break
		}
	}
	if at >= len(text) || text[at] != '}' {
		return nil, errOpen
	}
	return members, nil
}

var errOpen = errors.New("not a whole value")

// nameAt returns the name that begins at an index, and the index after its colon.
func nameAt(text jsontext.Value, at int) (name string, end int, err error) {
	if text[at] != '"' {
		return "", 0, errOpen
	}
	end, hasEscapes := jsonvalue.StringEnd(text, at)
	if end < 0 {
		return "", 0, errOpen
	}
	if hasEscapes {
		name = String(text[at:end])
	} else {
		name = string(text[at+1 : end-1])
	}
	if end = jsonvalue.Space(text, end); end == len(text) || text[end] != ':' {
		return "", 0, errOpen
	}
	return name, end + 1, nil
}

// Join writes an object.
func Join(members []Member) jsontext.Value {
	size := len("{}")
	for _, m := range members {
		size += len(`"":,`) + len(m.Name) + len(m.Value)
	}
	b := append(make([]byte, 0, size), '{')
	for i, m := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendName(b, m.Name), ':')
		b = append(b, m.Value...)
	}
	return append(b, '}')
}

// appendName appends a name as a string.
func appendName(b []byte, name string) []byte {
	for i := range len(name) {
		if c := name[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(name) // a string
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), name...), '"')
}

// Get returns a member of an object, or nil.
func Get(members []Member, name string) jsontext.Value {
	for _, m := range members {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// At returns the value that nested members of an object lead to, or nil.
func At(v jsontext.Value, names ...string) jsontext.Value {
	for _, name := range names {
		members, _ := Split(v) // nil if it is not an object
		v = Get(members, name)
	}
	return v
}

// Set returns members with a member replaced, or added at the end.
func Set(members []Member, name string, value jsontext.Value) []Member {
	for i := range members {
		if members[i].Name == name {
			members[i].Value = value
			return members
		}
	}
	return append(members, Member{name, value})
}

// String returns a string of JSON, "" for any other value.
func String(v jsontext.Value) string {
	if v.Kind() != '"' {
		return ""
	}
	if end, hasEscapes := jsonvalue.StringEnd(v, 0); v[0] == '"' && end == len(v) && !hasEscapes && !slices.ContainsFunc(v[1:end-1], isOdd) {
		return string(v[1 : end-1])
	}
	var s string
	if json.Unmarshal(v, &s) != nil {
		return ""
	}
	return s
}

// isOdd reports whether a byte of a string is a control character, or none of ASCII.
func isOdd(b byte) bool { return b < ' ' || b >= utf8.RuneSelf }

// Array writes an array.
func Array(elements []jsontext.Value) jsontext.Value {
	text := []byte{'['}
	for i, e := range elements {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, e...)
	}
	return append(text, ']')
}

// Elements returns the elements of an array. They are parts of list.
func Elements(list jsontext.Value) ([]jsontext.Value, error) {
	if list.Kind() != '[' {
		return nil, errors.New("it is not a list")
	}
	var elements []jsontext.Value
	at := jsonvalue.Space(list, jsonvalue.Space(list, 0)+1)
	for at < len(list) && list[at] != ']' {
		end := jsonvalue.ValueEnd(list, at)
		if end == at || end == len(list) {
			return nil, errOpen
		}
		elements = append(elements, list[at:end:end])
		if at = jsonvalue.Space(list, end); at < len(list) && list[at] == ',' {
			at = jsonvalue.Space(list, at+1)
		} else {
			break
		}
	}
	if at >= len(list) || list[at] != ']' {
		return nil, errOpen
	}
	return elements, nil
}

// Without returns members but the one of the given name.
func Without(members []Member, name string) []Member {
	var out []Member
	for _, m := range members {
		if m.Name != name {
			out = append(out, m)
		}
	}
	return out
}
