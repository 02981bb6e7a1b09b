// Package rawjson takes JSON apart and puts it together, each value as it was written: numbers,
// strings and unknown members do not change. It expects values that were parsed strictly. It
// imports no other package of the module. Read rawjson.go first.
package rawjson

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// Member is a member of an object, in the order of the text.
type Member struct {
	Name  string
	Value jsontext.Value
}

// Split returns the members of an object.
func Split(text jsontext.Value) ([]Member, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(text))
	if t, err := dec.ReadToken(); err != nil || t.Kind() != '{' {
		return nil, errors.New("not an object")
	}
	var members []Member
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String()
		value, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		members = append(members, Member{key, value.Clone()})
	}
	return members, nil
}

// Join writes an object.
func Join(members []Member) jsontext.Value {
	b := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			b = append(b, ',')
		}
		name, _ := json.Marshal(m.Name) // a string
		b = append(append(append(b, name...), ':'), m.Value...)
	}
	return append(b, '}')
}

// Get returns a member of an object, nil if there is none.
func Get(members []Member, name string) jsontext.Value {
	for _, m := range members {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
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
	var s string
	if v.Kind() != '"' || json.Unmarshal(v, &s) != nil {
		return ""
	}
	return s
}

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

// Elements returns the elements of an array.
func Elements(list jsontext.Value) ([]jsontext.Value, error) {
	if list.Kind() != '[' {
		return nil, errors.New("it is not a list")
	}
	dec := jsontext.NewDecoder(bytes.NewReader(list))
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	var elements []jsontext.Value
	for dec.PeekKind() != ']' {
		e, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		elements = append(elements, e.Clone())
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
