package openapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// members are the members of a JSON object, each as it is written. Of several with one name the
// last one counts.
type members map[string]json.RawMessage

// membersOf splits a JSON object. data must be valid JSON; nothing is checked again. It reports
// false if data is no object: kin-openapi makes the error.
func membersOf(data json.RawMessage) (members, bool) {
	i := jsonvalue.Space(data, 0)
	if i == len(data) || data[i] != '{' {
		return nil, false
	}
	m := members{}
	for i = jsonvalue.Space(data, i+1); i < len(data) && data[i] == '"'; i = jsonvalue.Space(data, i) {
		end, escaped := jsonvalue.StringEnd(data, i)
		if end < 0 {
			return nil, false
		}
		name := string(data[i+1 : end-1])
		if escaped || !utf8.ValidString(name) {
			if json.Unmarshal(data[i:end], &name) != nil {
				return nil, false
			}
		}
		from := jsonvalue.Space(data, jsonvalue.Space(data, end)+1) // past the colon
		i = jsonvalue.ValueEnd(data, from)
		m[name] = data[from:i:i]
		if i = jsonvalue.Space(data, i); i < len(data) && data[i] == ',' {
			i++
		}
	}
	return m, true
}

// object writes members as an object, sorted by name.
func (m members) object() json.RawMessage {
	b := []byte{'{'}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		name, _ := json.Marshal(k) // a string always can
		b = append(append(append(b, name...), ':'), m[k]...)
	}
	return append(b, '}')
}

// take removes the members of the object under key and returns those that are no extensions.
// Extensions stay, and so does a value that is no object: kin-openapi decodes them with the rest.
func (m members) take(key string) members {
	inner, ok := membersOf(m[key])
	if !ok {
		return nil
	}
	rest := members{}
	for k, v := range inner {
		if strings.HasPrefix(k, "x-") {
			rest[k] = v
			delete(inner, k)
		}
	}
	m[key] = rest.object()
	return inner
}

// elementsOf splits a JSON array. data must be valid JSON. It reports false if data is no array.
func elementsOf(data json.RawMessage) ([]json.RawMessage, bool) {
	i := jsonvalue.Space(data, 0)
	if i == len(data) || data[i] != '[' {
		return nil, false
	}
	var out []json.RawMessage
	for i = jsonvalue.Space(data, i+1); i < len(data) && data[i] != ']'; i = jsonvalue.Space(data, i) {
		from := i
		i = jsonvalue.ValueEnd(data, from)
		out = append(out, data[from:i:i])
		if i = jsonvalue.Space(data, i); i < len(data) && data[i] == ',' {
			i++
		}
	}
	return out, true
}

func isObject(data json.RawMessage) bool {
	t := bytes.TrimLeft(data, " \t\r\n")
	return len(t) > 0 && t[0] == '{'
}

// areObjects reports whether all are objects. Kin-openapi ignores null in their place.
func areObjects(list []json.RawMessage) bool {
	return !slices.ContainsFunc(list, func(e json.RawMessage) bool { return !isObject(e) })
}

func (m members) areObjects() bool { return areObjects(slices.Collect(maps.Values(m))) }
