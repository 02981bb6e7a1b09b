package pin

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// The keywords of JSON Schema (2020-12 and draft 7), by the meaning of a change.
var (
	// one schema below the keyword, which refuses more if it does
	schemaKeywords = []string{"items", "additionalItems", "propertyNames"}
	// each of these can only restrict
	assertions = []string{"const", "not", "pattern", "format", "multipleOf", "uniqueItems", "contains", "dependentRequired",
		"items", "additionalItems", "propertyNames", "allOf", "anyOf", "oneOf", "dependentSchemas"}
	// bounds from above: the larger, the wider
	upperBounds = []string{"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}
	lowerBounds = []string{"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}
	// text for people and models, which does not affect validation
	textKeywords = []string{"title", "description", "$comment", "examples", "default", "deprecated", "readOnly", "writeOnly"}
)

// schema compares two schemas of arguments. A change with an unknown effect counts as widening.
func (c *comparison) schema(path string, old, now any) {
	o, wasObject := old.(map[string]any)
	n, isObject := now.(map[string]any)
	if !wasObject || !isObject {
		if !equal(old, now) {
			c.widenedUnless(now == false, path, old, now, "another schema")
		}
		c.texts(path, nil, now)
		return
	}
	// Which members are evaluated depends on sibling keywords.
	_, was := o["unevaluatedProperties"]
	_, is := n["unevaluatedProperties"]
	_, items := o["unevaluatedItems"]
	for _, name := range members(o, n) {
		a, b, at := get(o, name), get(n, name), path+jsonvalue.Pointer(name)
		switch {
		case equal(a, b):
		case name == "properties":
			c.properties(at, a, b, n)
		case (was || is || items) && !slices.Contains(textKeywords, name):
			c.unknown(at, a, b)
		default:
			c.keyword(name, at, a, b)
		}
	}
}

func (c *comparison) keyword(name, at string, a, b any) {
	isNew, isGone := a == any(absent{}), b == any(absent{})
	switch {
	case name == "type":
		c.widenedUnless(isNew || !isGone && isSubset(list(b), list(a)), at, a, b, "another type is accepted")
	case name == "enum":
		c.widenedUnless(isNew || !isGone && isSubset(list(b), list(a)), at, a, b, "other values are accepted")
	case name == "required":
		c.widenedUnless(isSubset(list(a), list(b)), at, a, b, "an argument is no longer required")
	case name == "additionalProperties":
		c.open(at, a, b)
	case slices.Contains(upperBounds, name):
		c.widenedUnless(isNew || isAtMost(b, a), at, a, b, "a bound was raised or removed")
	case slices.Contains(lowerBounds, name):
		c.widenedUnless(isNew || isAtMost(a, b), at, a, b, "a bound was lowered or removed")
	case slices.Contains(textKeywords, name):
		c.value(at, a, b)
	case isNew && slices.Contains(assertions, name):
		c.widenedUnless(true, at, a, b, "")
		c.texts(at, nil, b)
	case isNew || isGone:
		c.unknown(at, a, b)
	case slices.Contains(schemaKeywords, name):
		c.schema(at, a, b)
	case name == "patternProperties" || name == "dependentSchemas":
		c.named(at, a, b)
	case name == "anyOf":
		c.listed(at, a, b, isSubset(list(b), list(a)))
	case name == "allOf":
		c.listed(at, a, b, isSubset(list(a), list(b)))
	case name == "prefixItems":
		c.listed(at, a, b, false)
	default:
		c.unknown(at, a, b)
	}
}

// unknown reports a change of a keyword whose effect is not analyzed: "not", "$ref", "oneOf".
func (c *comparison) unknown(at string, a, b any) {
	c.add(Widened, at, a, b, "the effect of this keyword cannot be compared")
	c.texts(at, nil, b)
}

func (c *comparison) widenedUnless(narrower bool, at string, a, b any, why string) {
	if narrower {
		c.add(Other, at, a, b, "fewer arguments are accepted")
		return
	}
	c.add(Widened, at, a, b, why)
}

// properties compares named arguments. A new one counts as widening even if additional arguments
// were allowed before. schema is the new schema around them.
func (c *comparison) properties(path string, old, now any, schema map[string]any) {
	o, _ := old.(map[string]any)
	n, _ := now.(map[string]any)
	_, hasPatterns := schema["patternProperties"]
	closed := schema["additionalProperties"] == false && !hasPatterns
	for _, name := range members(o, n) {
		a, b, at := get(o, name), get(n, name), path+jsonvalue.Pointer(name)
		switch {
		case equal(a, b):
		case a == any(absent{}):
			c.add(Widened, at, a, b, "a new argument")
			c.texts(path, nil, map[string]any{name: b})
		case b == any(absent{}):
			c.widenedUnless(closed, at, a, b, "an argument is no longer described and may have any value")
		default:
			c.schema(at, a, b)
		}
	}
}

func (c *comparison) named(path string, old, now any) {
	o, _ := old.(map[string]any)
	n, _ := now.(map[string]any)
	for _, name := range members(o, n) {
		if a, b := get(o, name), get(n, name); !equal(a, b) {
			c.schema(path+jsonvalue.Pointer(name), a, b)
		}
	}
}

// listed compares lists of schemas. isNarrower tells whether a list of a different length narrows.
func (c *comparison) listed(path string, old, now any, isNarrower bool) {
	o, n := list(old), list(now)
	if len(o) != len(n) {
		c.widenedUnless(isNarrower, path, old, now, "the alternatives differ")
		c.texts(path, nil, now)
		return
	}
	for i := range o {
		if !equal(o[i], n[i]) {
			c.schema(fmt.Sprintf("%s/%d", path, i), o[i], n[i])
		}
	}
}

// open compares the schemas for unnamed arguments. An absent one accepts all.
func (c *comparison) open(at string, a, b any) {
	_, wasSchema := a.(map[string]any)
	_, isSchema := b.(map[string]any)
	switch {
	case wasSchema && isSchema:
		c.schema(at, a, b)
	case a == any(absent{}) || a == true:
		c.add(Other, at, a, b, "what other arguments are accepted differs")
	default:
		c.widenedUnless(b == false, at, a, b, "arguments without a name are accepted")
	}
}

// list returns the elements of a list, or a list of v alone if v is not a list.
func list(v any) []any {
	switch v := v.(type) {
	case absent:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// isSubset reports whether every element of a is in b.
func isSubset(a, b []any) bool {
	in := map[string]bool{}
	for _, e := range b {
		in[encode(e)] = true
	}
	return !slices.ContainsFunc(a, func(e any) bool { return !in[encode(e)] })
}

// isAtMost reports whether a and b are JSON numbers and a is at most b.
func isAtMost(a, b any) bool {
	x, okX := number(a)
	y, okY := number(b)
	return okX && okY && x.Cmp(y) <= 0
}

// number returns a number with 256 bits, more than any bound of a schema needs. The exponent of a
// hostile number costs nothing.
func number(v any) (*big.Float, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return nil, false
	}
	f, _, err := big.ParseFloat(n.String(), 10, 256, big.ToNearestEven)
	return f, err == nil
}
