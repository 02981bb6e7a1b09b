package openapi

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Kin-openapi keeps numbers as float64, so that the bound 9223372036854775807 becomes 9223372036854775808. Keywords
// whose numbers it would change are kept to the letter in an extension of their schema, which [Encode] takes out.
const exactKey = "x-spectap-exact"

// exactKeywords are those whose numbers say which values are allowed.
var exactKeywords = [...]string{"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "enum", "const", "default"}

// Exact returns what a schema that was read by [Load] has under a keyword (minimum, maximum, exclusiveMinimum,
// exclusiveMaximum, multipleOf, enum, const, default) where a float64 would not hold its numbers: JSON data, numbers
// as json.Number. False means that the schema's own field is exact, or that there is none.
func Exact(s *openapi3.Schema, keyword string) (any, bool) {
	all, ok := s.Extensions[exactKey].(map[string]any)
	if !ok {
		return nil, false
	}
	text, ok := all[keyword].(string)
	if !ok {
		return nil, false
	}
	v, err := parseJSON([]byte(text))
	return v, err == nil && plainNumbers(v)
}

// ExactNumber is [Exact] for a keyword that is one number.
func ExactNumber(s *openapi3.Schema, keyword string) (json.Number, bool) {
	v, ok := Exact(s, keyword)
	n, isNumber := v.(json.Number)
	return n, ok && isNumber
}

// exactly adds what a float64 would change to the schemas in a part of a document of the given kind.
func exactly(data []byte, kind *object) ([]byte, error) {
	if !hasLong(data) {
		return data, nil
	}
	v, err := parseJSON(data)
	if err != nil {
		return nil, err
	}
	if !keepExact(v, kind) {
		return data, nil
	}
	return json.Marshal(v)
}

// hasLong says whether there may be a number of 16 digits or more: a float64 holds all that are shorter.
func hasLong(data []byte) bool {
	digits := 0
	for _, c := range data {
		switch {
		case c >= '0' && c <= '9':
			if digits++; digits >= 16 {
				return true
			}
		case c != '.':
			digits = 0
		}
	}
	return false
}

// keepExact walks the schemas of v and says whether it added something.
func keepExact(v any, kind *object) bool {
	found := false
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			found = keepExact(e, kind) || found
		}
	case map[string]any:
		for k, e := range v {
			if c := kind.child(k); c.leadsOn() {
				found = keepExact(e, c) || found
			}
		}
		if !kind.schema {
			break
		}
		exact := make(map[string]any)
		for _, k := range exactKeywords {
			if loses(v[k]) {
				text, _ := json.Marshal(v[k]) // of decoded JSON
				exact[k] = string(text)
			}
		}
		if len(exact) > 0 {
			v[exactKey] = exact
			found = true
		}
	}
	return found
}

// loses says whether a float64 would change a number in v.
func loses(v any) bool {
	switch v := v.(type) {
	case json.Number:
		f, err := strconv.ParseFloat(string(v), 64)
		return err == nil && plainNumbers(v) && !sameNumber(string(v), f)
	case []any:
		for _, e := range v {
			if loses(e) {
				return true
			}
		}
	case map[string]any:
		for _, e := range v {
			if loses(e) {
				return true
			}
		}
	}
	return false
}

// plainNumbers says whether exact arithmetic with the numbers in v is cheap.
func plainNumbers(v any) bool {
	switch v := v.(type) {
	case json.Number:
		s := string(v)
		if i := strings.IndexAny(s, "eE"); i >= 0 {
			if e, err := strconv.Atoi(strings.TrimPrefix(s[i+1:], "+")); err != nil || e > 400 || e < -400 {
				return false
			}
		}
		return len(s) <= 400
	case []any:
		for _, e := range v {
			if !plainNumbers(e) {
				return false
			}
		}
	case map[string]any:
		for _, e := range v {
			if !plainNumbers(e) {
				return false
			}
		}
	}
	return true
}

// sameNumber says whether f, written as short as it can be, has the digits of s.
func sameNumber(s string, f float64) bool {
	return digitsOf(s) == digitsOf(strconv.FormatFloat(f, 'e', -1, 64))
}

// digitsOf are the significant digits of a number; those of two that are nearly equal tell them apart.
func digitsOf(s string) string {
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		s = s[:i]
	}
	return strings.Trim(strings.NewReplacer("-", "", ".", "").Replace(s), "0")
}

// putExact undoes exactly in JSON data of a document: numbers stand in their place again, to the letter.
func putExact(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			putExact(e)
		}
	case map[string]any:
		for _, e := range v {
			putExact(e)
		}
		exact, ok := v[exactKey].(map[string]any)
		if !ok {
			return
		}
		delete(v, exactKey)
		for k, text := range exact {
			s, _ := text.(string)
			if x, err := parseJSON([]byte(s)); err == nil && bytes.ContainsAny([]byte(s), "0123456789") {
				v[k] = x
			}
		}
	}
}
