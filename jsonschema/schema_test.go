package jsonschema

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

func parse(t testing.TB, s string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return v
}

func TestProblems(t *testing.T) {
	for _, x := range []struct{ name, schema, value, field, reason string }{
		{"fits", `{"type":"object"}`, `{}`, "", ""},
		{"required", `{"required":["a","b"]}`, `{"b":1}`, "a", "is required"},
		{"nested", `{"properties":{"a":{"items":{"required":["b"]}}}}`, `{"a":[{"b":1},{}]}`, "a[1].b", "is required"},
		{"unknown", `{"properties":{},"additionalProperties":false}`, `{"x":"secret"}`, "x", "is not an argument here"},
		{"type", `{"properties":{"a":{"type":["integer","null"]}}}`, `{"a":"secret"}`, "a", "must be an integer or null, not a string"},
		{"enum", `{"properties":{"a":{"enum":["x","y"]}}}`, `{"a":"secret"}`, "a", `must be one of "x", "y"`},
		{"big exact", `{"properties":{"a":{"maximum":9007199254740992}}}`, `{"a":9007199254740993}`, "a", "must be at most 9007199254740992"},
		{"decimal exact", `{"properties":{"a":{"multipleOf":0.01}}}`, `{"a":0.29}`, "", ""},
		{"fraction", `{"properties":{"a":{"minimum":0.5}}}`, `{"a":0.25}`, "a", "must be at least 0.5"},
		{"negative fraction", `{"properties":{"a":{"maximum":-1.25}}}`, `{"a":-1}`, "a", "must be at most -1.25"},
		{"exclusive minimum", `{"properties":{"a":{"exclusiveMinimum":0.5}}}`, `{"a":0.5}`, "a", "must be greater than 0.5"},
		{"exclusive maximum", `{"properties":{"a":{"exclusiveMaximum":7}}}`, `{"a":7}`, "a", "must be less than 7"},
		{"multiple", `{"properties":{"a":{"multipleOf":0.01}}}`, `{"a":0.295}`, "a", "must be a multiple of 0.01"},
		{"const", `{"properties":{"a":{"const":"x"}}}`, `{"a":"secret"}`, "a", `must be "x"`},
		{"many values", `{"properties":{"a":{"enum":[1,2,3,4,5,6,7,8,9,10,11,12,13]}}}`, `{"a":"secret"}`, "a", "must be one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, … (13 in all)"},
		{"as many values as are listed", `{"properties":{"a":{"enum":[1,2,3,4,5,6,7,8,9,10,11,12]}}}`, `{"a":"secret"}`, "a", "must be one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12"},
		{"few characters", `{"properties":{"a":{"minLength":3}}}`, `{"a":"äö"}`, "a", "has 2 characters, at least 3 are needed"},
		{"few items", `{"properties":{"a":{"minItems":2}}}`, `{"a":[1]}`, "a", "has 1 items, at least 2 are needed"},
		{"many items", `{"properties":{"a":{"maxItems":1}}}`, `{"a":[1,2]}`, "a", "has 2 items, at most 1 are allowed"},
		{"few properties", `{"properties":{"a":{"minProperties":1}}}`, `{"a":{}}`, "a", "has 0 properties, at least 1 are needed"},
		{"many properties", `{"properties":{"a":{"maxProperties":0}}}`, `{"a":{"b":1}}`, "a", "has 1 properties, at most 0 are allowed"},
		{"equal items", `{"properties":{"a":{"uniqueItems":true}}}`, `{"a":[1,2,1]}`, "a", "has equal items at 0 and 2"},
		{"no such item", `{"properties":{"a":{"contains":{"type":"integer"}}}}`, `{"a":[]}`, "a", "has too few items of the kind that it must contain"},
		{"many such items", `{"properties":{"a":{"contains":{"type":"integer"},"maxContains":1}}}`, `{"a":[1,2]}`, "a", "has too many items of one kind"},
		{"not", `{"properties":{"a":{"not":{"type":"string"}}}}`, `{"a":"secret"}`, "a", "matches a schema that it must not match"},
		{"dependent", `{"properties":{"a":{"dependentRequired":{"b":["c","d"]}}}}`, `{"a":{"b":1}}`, "a", "needs c, d because it has b"},
		{"the alternative of a tag", `{"properties":{"a":{"anyOf":[{"properties":{"t":{"const":"k"},"b":{"type":"integer"}},"required":["b"]},` +
			`{"properties":{"t":{"const":"m"},"c":{"type":"integer"}},"required":["c"]}]}}}`, `{"a":{"t":"m","c":"secret"}}`, "a.c", "must be an integer"},
		{"the alternative of a type", `{"properties":{"a":{"anyOf":[{"type":"string","maxLength":1},{"type":"object","required":["b","c","d"]}]}}}`, `{"a":{}}`, "a.b", "is required"},
		{"the alternative with fewer problems", `{"properties":{"a":{"anyOf":[{"required":["b","c"]},{"required":["d"]}]}}}`, `{"a":{}}`, "a.d", "is required"},
		{"the alternative that lacks fewer members, though they are of several parts",
			`{"properties":{"a":{"anyOf":[{"required":["b","c","d"]},{"allOf":[{"minProperties":1},{"required":["e"]}]}]}}}`,
			`{"a":{}}`, "a", "has 0 properties, at least 1 are needed"},
		{"the alternative with a missing member rather than with another tag",
			`{"properties":{"a":{"anyOf":[{"properties":{"t":{"enum":["k","m"]}}},{"required":["b","c"]}]}}}`,
			`{"a":{"t":"x"}}`, "a.b", "is required"},
		{"alternatives in alternatives", `{"properties":{"a":{"anyOf":[{"required":["b","c"]},{"anyOf":[{"required":["d","e","f"]},{"required":["b"]}]}]}}}`, `{"a":{}}`, "a.b", "is required"},
		{"date-time", `{"properties":{"a":{"format":"date-time"}}}`, `{"a":"secret"}`, "a", "must be a date and time"},
		{"lower case", `{"properties":{"a":{"format":"date-time"}}}`, `{"a":"2026-01-31t12:00:00.5z"}`, "", ""},
		{"leap second", `{"properties":{"a":{"format":"date-time"}}}`, `{"a":"1998-12-31T23:59:60Z"}`, "", ""},
		{"61 seconds", `{"properties":{"a":{"format":"date-time"}}}`, `{"a":"1998-12-31T23:59:61Z"}`, "a", "must be a date and time"},
		{"no zone", `{"properties":{"a":{"format":"date-time"}}}`, `{"a":"2026-01-31T12:00:00"}`, "", ""},
		{"int32", `{"properties":{"a":{"format":"int32"}}}`, `{"a":2147483648}`, "a", "must be a whole number of 32 bits"},
		{"int64", `{"properties":{"a":{"format":"int64"}}}`, `{"a":9223372036854775807}`, "", ""},
		{"byte", `{"properties":{"a":{"format":"byte"}}}`, `{"a":"se!cret"}`, "a", "must be base64"},
		{"lookahead", `{"properties":{"a":{"pattern":"^(?!x)[a-z]+$"}}}`, `{"a":"abc"}`, "", ""},
		{"line end", `{"properties":{"a":{"pattern":"^abc$"}}}`, `{"a":"abc\n"}`, "a", "does not match the pattern ^abc$"},
		{"one of", `{"properties":{"a":{"oneOf":[{"type":"object","required":["b"]},{"type":"integer"}]}}}`, `{"a":{}}`, "a.b", "is required"},
		{"both of", `{"properties":{"a":{"oneOf":[{"type":"integer"},{"type":"number"}]}}}`, `{"a":1}`, "a", "matches more than one"},
		{"false", `{"properties":{"a":false}}`, `{"a":1}`, "a", "is not allowed here"},
		{"characters", `{"properties":{"a":{"maxLength":3}}}`, `{"a":"äöüß"}`, "a", "has 4 characters, at most 3"},
		{"long name", `{"additionalProperties":false}`, `{"` + strings.Repeat("x", 200) + `":1}`, strings.Repeat("x", 63) + "…", "is not an argument"},
		{"name that is not allowed", `{"properties":{"a":{"propertyNames":{"pattern":"^[a-z]+$"}}}}`, `{"a":{"b":1,"C":2},"d":{"e":1}}`, "a.C", "is a name that does not match the pattern ^[a-z]+$"},
		{"long name that is not allowed", `{"items":{"propertyNames":{"maxLength":2}}}`, `[{},{"abc":1}]`, "1.abc", "is a name that has 3 characters, at most 2"},
		{"name at two places", `{"properties":{"a":{"propertyNames":{"maxLength":1}}}}`, `{"a":{"bc":1},"d":{"bc":1}}`, "bc", "is a name that has 2 characters"},
		{"name with a line", `{"additionalProperties":false}`, `{"x\ny":1}`, "x?y", "is not an argument"},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := must.Get(Compile(parse(t, x.schema)))
			err := s.Validate(t.Context(), parse(t, x.value))
			got := Problems(err)
			if x.reason == "" {
				if err != nil || len(got) > 0 {
					t.Errorf("%v: %v", err, got)
				}
				return
			}
			if len(got) == 0 || got[0].Field != x.field || !strings.HasPrefix(got[0].Reason, x.reason) {
				t.Errorf("got %q", got)
			}
			for _, p := range got {
				if strings.Contains(p.String(), "secret") {
					t.Errorf("a problem shows the value: %s", p)
				}
			}
			for _, v := range Violations(err, map[string]bool{"a": true, "b": true}) {
				if strings.Contains(v.Pointer+v.Message, "secret") || strings.Contains(v.Pointer, "x") {
					t.Errorf("a violation shows the value or a name: %v", v)
				}
			}
		})
	}
}

func TestSchemaFetchesNothing(t *testing.T) {
	for _, ref := range []string{"file:///etc/passwd", "http://127.0.0.1:1/x.json", "other.json"} {
		t.Run(ref, func(t *testing.T) {
			if _, err := Compile(parse(t, `{"$ref":"`+ref+`"}`)); err == nil {
				t.Error("the reference was followed")
			}
		})
	}
}

// TestValidateCanceled: nothing is validated for a caller that has gone.
func TestValidateCanceled(t *testing.T) {
	s := must.Get(Compile(true))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.Validate(ctx, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := Problems(err); len(got) != 1 || got[0].Reason != "cannot be checked" {
		t.Errorf("got %v", got)
	}
}
