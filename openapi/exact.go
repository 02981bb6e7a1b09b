package openapi

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/openapi/yamledit"
)

// exactKey is the extension that holds the digits that a float64 loses. Kin-openapi stores numbers
// as float64, so that the bound 9223372036854775807 becomes 9223372036854775808, and has no const
// that is null and no enum without values. [Load] copies such keywords into the extension of their
// schema, and [Encode] moves them back.
const exactKey = "x-spectap-exact"

// exactKeywords are the keywords whose numbers decide which values are valid, and default.
var exactKeywords = [...]string{
	"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "enum", "const", "default",
}

// Exact returns the value of a keyword of a schema that [Load] read, as JSON data with numbers as
// json.Number, if the schema's own field cannot hold it. The keywords are minimum, maximum,
// exclusiveMinimum, exclusiveMaximum, multipleOf, enum, const and default. False means that the
// schema's own field is exact, or that the schema has no such keyword.
func Exact(s *openapi3.Schema, keyword string) (any, bool) {
	all, ok := s.Extensions[exactKey].(map[string]any)
	if !ok {
		return nil, false
	}
	text, ok := all[keyword].(string)
	if !ok {
		return nil, false
	}
	v, err := ParseJSON([]byte(text))
	return v, err == nil && areModest(v)
}

// ExactOr is [Exact], but returns otherwise where that reports false.
func ExactOr(s *openapi3.Schema, keyword string, otherwise any) any {
	if v, ok := Exact(s, keyword); ok {
		return v
	}
	return otherwise
}

// countKeywords are the keywords whose numbers count something. Kin-openapi reads them as uint64.
var countKeywords = [...]string{
	"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains",
}

// keepDigits adds the extension to the schemas in a fragment of a document, of the given kind,
// where they need it. It writes counts such as 1e3 and 3.0, which are integers, as kin-openapi can
// read them, and the values of strings that YAML reads as others, such as [1.10, true], as strings.
func keepDigits(data []byte, kind *ObjectLayout) ([]byte, error) {
	if !hasLongNumber(data) && !hasCount.Get().Match(data) && !hasOddValue(data) {
		return data, nil
	}
	v, err := ParseJSON(data)
	if err != nil {
		return nil, err
	}
	if !addDigits(v, kind) {
		return data, nil
	}
	return json.Marshal(v)
}

// hasLongNumber reports whether there may be a number of 16 digits or more. A float64 holds all
// shorter ones.
func hasLongNumber(data []byte) bool {
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

// hasCount matches a count with an exponent or a fraction.
var hasCount = lazyregexp.New(`"m(?:in|ax)(?:Length|Items|Properties|Contains)"\s*:\s*[0-9]+[.eE]`)

// hasOddValue reports whether there may be an enum without values, a const that is null, or one of
// these or a default with a value that is no string.
func hasOddValue(data []byte) bool {
	for _, name := range [...]string{`"enum"`, `"const"`, `"default"`} {
		for i := bytes.Index(data, []byte(name)); i >= 0; {
			i = jsonvalue.Space(data, i+len(name))
			if i < len(data) && data[i] == ':' && isOdd(data, jsonvalue.Space(data, i+1)) {
				return true
			}
			next := bytes.Index(data[i:], []byte(name))
			if next < 0 {
				break
			}
			i += next
		}
	}
	return false
}

// isOdd looks at the value at i. Null is odd unless it is among the values of an enum.
func isOdd(data []byte, i int) bool {
	isList := i < len(data) && data[i] == '['
	if isList {
		i = jsonvalue.Space(data, i+1)
	}
	for i < len(data) && (data[i] == '"' || isList && data[i] == 'n') {
		if i = jsonvalue.Space(data, jsonvalue.ValueEnd(data, i)); !isList || i >= len(data) || data[i] != ',' {
			return false
		}
		i = jsonvalue.Space(data, i+1)
	}
	return i < len(data) && data[i] != '{' && (isList || data[i] != '[')
}

// TextKeywords are the keywords with values that a schema for strings admits, or has by default.
var TextKeywords = [...]string{"enum", "const", "default"}

// AsStrings returns the values of a schema for strings as people mean them who write them in YAML
// without quotes, such as [1.10, true], and reports whether there are such. Null stays. v may be
// changed.
func AsStrings(v any) (any, bool) {
	switch v := v.(type) {
	case json.Number:
		return string(v), true
	case bool:
		return strconv.FormatBool(v), true
	case []any:
		found := false
		for i, e := range v {
			if s, is := AsStrings(e); is {
				v[i], found = s, true
			}
		}
		return v, found
	}
	return v, false
}

// quoteStrings makes strings of such values in the schemas of a YAML text, as they are written: 010
// is "010". Aliases are left to [AsStrings]: their anchors may stand in other schemas, too.
func quoteStrings(n *yaml.Node, kind *ObjectLayout) {
	if kind.IsUnknown() {
		return
	}
	for _, e := range yamledit.Items(n) {
		quoteStrings(e, kind)
	}
	for k, v := range yamledit.Pairs(n) {
		if yamledit.IsMerge(k) {
			quoteStrings(v, kind)
		} else {
			quoteStrings(v, kind.Child(k.Value))
		}
		if !kind.Schema || !slices.Contains(TextKeywords[:], k.Value) {
			continue
		}
		if t, _ := yamledit.Data(yamledit.Get(n, "type")); !isTextType(t) {
			continue
		}
		for _, scalar := range append([]*yaml.Node{v}, yamledit.Items(v)...) {
			if slices.Contains([]string{"!!int", "!!float", "!!bool"}, scalar.ShortTag()) && scalar.Anchor == "" {
				scalar.Tag = "!!str"
			}
		}
	}
}

// isTextType reports whether a type is that of strings, or of strings and null.
func isTextType(t any) bool {
	list, _ := t.([]any)
	isOther := func(t any) bool { return t != "string" && t != "null" }
	return t == "string" || slices.Contains(list, any("string")) && !slices.ContainsFunc(list, isOther)
}

// plainCount returns a number without exponent and fraction. It reports false for other numbers,
// and for those that a float64 cannot hold exactly.
func plainCount(v any) (json.Number, bool) {
	n, _ := v.(json.Number)
	f, err := strconv.ParseFloat(string(n), 64)
	if !strings.ContainsAny(string(n), ".eE") || err != nil || f != math.Trunc(f) || f < 0 || f >= 1<<53 {
		return "", false
	}
	return json.Number(strconv.FormatUint(uint64(f), 10)), true
}

// addDigits adds the extension to the schemas in v, and writes counts without exponents and values
// of strings as strings. It reports whether it changed any.
func addDigits(v any, kind *ObjectLayout) bool {
	found := false
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			found = addDigits(e, kind) || found
		}
	case map[string]any:
		for k, e := range v {
			if c := kind.Child(k); c.HasSchemas() {
				found = addDigits(e, c) || found
			}
		}
		if !kind.Schema {
			break
		}
		for _, k := range countKeywords {
			if n, is := plainCount(v[k]); is {
				v[k], found = n, true
			}
		}
		if isTextType(v["type"]) {
			for _, k := range TextKeywords {
				if text, is := AsStrings(v[k]); is {
					v[k], found = text, true
				}
			}
		}
		exact := make(map[string]any)
		for _, k := range exactKeywords {
			if value, has := v[k]; has && isLost(k, value) {
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

// isLost reports whether kin-openapi's field for a keyword cannot hold a value.
func isLost(keyword string, v any) bool {
	list, isList := v.([]any)
	return losesDigits(v) || keyword == "const" && v == nil || keyword == "enum" && isList && len(list) == 0
}

// losesDigits reports whether a float64 would change a number in v.
func losesDigits(v any) bool {
	return jsonvalue.Has(v, func(v any) bool {
		n, _ := v.(json.Number)
		f, err := strconv.ParseFloat(string(n), 64)
		return err == nil && areModest(n) && !hasDigitsOf(string(n), f)
	})
}

// maxExact bounds the length and the exponent of numbers for exact arithmetic.
const maxExact = 400

// areModest reports whether exact arithmetic with the numbers in v is cheap.
func areModest(v any) bool {
	return !jsonvalue.Has(v, func(v any) bool {
		n, _ := v.(json.Number)
		if _, exponent, has := strings.Cut(strings.ToLower(string(n)), "e"); has {
			if e, err := strconv.Atoi(exponent); err != nil || e > maxExact || e < -maxExact {
				return true
			}
		}
		return len(n) > maxExact
	})
}

// hasDigitsOf reports whether f, written as short as possible, has the digits of s.
func hasDigitsOf(s string, f float64) bool {
	return digitsOf(s) == digitsOf(strconv.FormatFloat(f, 'e', -1, 64))
}

// digitsOf returns the significant digits of a number. They distinguish two numbers that are nearly
// equal.
func digitsOf(s string) string {
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		s = s[:i]
	}
	return strings.Trim(strings.NewReplacer("-", "", ".", "").Replace(s), "0")
}

// restoreDigits undoes keepDigits in the JSON data of a document: it moves the exact numbers back
// to their keywords.
func restoreDigits(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			restoreDigits(e)
		}
	case map[string]any:
		for _, e := range v {
			restoreDigits(e)
		}
		exact, ok := v[exactKey].(map[string]any)
		if !ok {
			return
		}
		delete(v, exactKey)
		for k, text := range exact {
			s, _ := text.(string)
			if x, err := ParseJSON([]byte(s)); err == nil {
				v[k] = x
			}
		}
	}
}
