// Package jsonvalue decodes and encodes values of JSON whose types are not known, and finds where
// values end (scan.go). Read jsonvalue.go first.
package jsonvalue

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Encode writes decoded JSON, members sorted. It keeps <, > and & as they are.
func Encode(v any) jsontext.Value {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // decoded JSON
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// Decode returns a value with numbers as json.Number, or nil if v is not JSON.
func Decode(v jsontext.Value) any {
	d := json.NewDecoder(bytes.NewReader(v))
	d.UseNumber()
	var out any
	if d.Decode(&out) != nil {
		return nil
	}
	return out
}

// Has reports whether f holds for v, or for a value in the lists and objects of v at any depth. f
// gets no list and no object.
func Has(v any, f func(scalar any) bool) bool {
	in := func(v any) bool { return Has(v, f) }
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, in)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), in)
	}
	return f(v)
}

// IsNumber reports whether a text is a number of JSON. White space may follow it.
func IsNumber(s string) bool {
	return s != "" && (s[0] == '-' || s[0] >= '0' && s[0] <= '9') && json.Valid([]byte(s))
}
