package jsonschema

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMessages compares what the sender of a value and a third party are told of every kind of
// fault. The third party may see the names a and b.
func TestMessages(t *testing.T) {
	ten := strings.Repeat("0123456789", 10)
	for _, x := range []struct {
		name, schema, value string
		problems            []string
		violations          []string // pointer and message
	}{
		{"types", `{"type":["null","object","string","array","boolean"]}`, `1`,
			[]string{"the arguments: must be an array or a boolean or an object or a string or null, not a number"},
			[]string{" want array or boolean or object or string or null, got number"}},
		{"null", `{"properties":{"a":{"type":"object"}}}`, `{"a":null}`, []string{"a must be an object, not null"}, []string{"/a want object, got null"}},
		{"enum of one value", `{"enum":[{"x":1}]}`, `2`, []string{`the arguments: must be one of {"x":1}`}, []string{" not the only value of the enum"}},
		{"enum of 12 values", `{"enum":[1,2,3,4,5,6,7,8,9,10,11,12]}`, `0`,
			[]string{"the arguments: must be one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12"}, []string{" not one of the 12 values of the enum"}},
		{"enum of 13 values", `{"enum":[1,2,3,4,5,6,7,8,9,10,11,12,13]}`, `0`,
			[]string{"the arguments: must be one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, … (13 in all)"}, []string{" not one of the 13 values of the enum"}},
		{"enum of 98 characters", `{"const":"` + ten[:98] + `"}`, `0`, []string{`the arguments: must be "` + ten[:98] + `"`}, []string{" not the constant"}},
		{"enum of 99 characters", `{"const":"` + ten[:99] + `"}`, `0`, []string{`the arguments: must be "` + ten[:98] + `…`}, []string{" not the constant"}},
		{"pattern of 200 characters", `{"pattern":"` + ten + ten + `"}`, `""`,
			[]string{"the arguments: does not match the pattern " + ten + ten}, []string{" does not match the pattern"}},
		{"pattern of 201 characters", `{"pattern":"` + ten + ten + `0"}`, `""`,
			[]string{"the arguments: does not match the pattern " + ten + ten[:99] + "…"}, []string{" does not match the pattern"}},
		{"format", `{"format":"date"}`, `""`, []string{"the arguments: must be a date such as 2026-01-31"}, []string{" not of format date"}},
		{"time", `{"format":"date-time"}`, `""`, []string{"the arguments: must be a date and time as in RFC 3339, such as 2026-01-31T12:00:00Z"}, []string{" not of format date-time"}},
		{"integer of 64 bits", `{"format":"int64"}`, `0.5`, []string{"the arguments: must be a whole number of 64 bits"}, []string{" not of format int64"}},
		{"lengths", `{"properties":{"a":{"minLength":2},"b":{"maxLength":2}}}`, `{"a":"1","b":"123"}`,
			[]string{"a has 1 characters, at least 2 are needed", "b has 3 characters, at most 2 are allowed"}, []string{"/a has a wrong length", "/b has a wrong length"}},
		{"numbers of items", `{"properties":{"a":{"minItems":2},"b":{"maxItems":2}}}`, `{"a":[1],"b":[1,2,3]}`,
			[]string{"a has 1 items, at least 2 are needed", "b has 3 items, at most 2 are allowed"},
			[]string{"/a has a wrong number of items", "/b has a wrong number of items"}},
		{"numbers of properties", `{"properties":{"a":{"minProperties":2},"b":{"maxProperties":0}}}`, `{"a":{"x":1},"b":{"x":1}}`,
			[]string{"a has 1 properties, at least 2 are needed", "b has 1 properties, at most 0 are allowed"},
			[]string{"/a violates minProperties", "/b violates maxProperties"}},
		{"bounds", `{"properties":{"a":{"minimum":1.5},"b":{"maximum":2}}}`, `{"a":1,"b":3}`,
			[]string{"a must be at least 1.5", "b must be at most 2"}, []string{"/a out of range", "/b out of range"}},
		{"exclusive bounds", `{"properties":{"a":{"exclusiveMinimum":1},"b":{"exclusiveMaximum":2}}}`, `{"a":1,"b":2}`,
			[]string{"a must be greater than 1", "b must be less than 2"}, []string{"/a out of range", "/b out of range"}},
		{"multiple", `{"multipleOf":2}`, `1`, []string{"the arguments: must be a multiple of 2"}, []string{" violates multipleOf"}},
		{"equal items", `{"uniqueItems":true}`, `[1,2,1.0]`, []string{"the arguments: has equal items at 0 and 2"}, []string{" violates uniqueItems"}},
		{"nothing of a kind", `{"contains":{"type":"string"}}`, `[]`,
			[]string{"the arguments: has too few items of the kind that it must contain"}, []string{" violates contains"}},
		{"too few of a kind", `{"contains":{"type":"string"},"minContains":2}`, `["x"]`,
			[]string{"the arguments: has too few items of the kind that it must contain"}, []string{" violates minContains"}},
		{"too many of a kind", `{"contains":{"type":"string"},"maxContains":1}`, `["x","y"]`,
			[]string{"the arguments: has too many items of one kind"}, []string{" violates maxContains"}},
		{"what another needs", `{"dependentRequired":{"a":["b","c"]}}`, `{"a":1}`,
			[]string{"the arguments: needs b, c because it has a"}, []string{" violates dependentRequired"}},
		{"not", `{"not":{}}`, `1`, []string{"the arguments: matches a schema that it must not match"}, []string{" matches a schema that it must not match"}},
		{"no value", `{"properties":{"a":false}}`, `{"a":1}`, []string{"a is not allowed here"}, []string{"/a no value is allowed here"}},
		{"missing", `{"required":["b","x/y~z"]}`, `{}`, []string{"b is required", "x/y~z is required"},
			[]string{"/* the required property is missing", "/b the required property is missing"}},
		{"unknown", `{"additionalProperties":false}`, `{"x":1,"a":2}`, []string{"a is not an argument here", "x is not an argument here"},
			[]string{" has a property that is not declared"}},
		{"items are one", `{"items":{"properties":{"a":{"type":"string"}}}}`, `[{"a":1},{"a":2},{"a":null}]`,
			[]string{"0.a must be a string, not a number", "1.a must be a string, not a number", "2.a must be a string, not null"},
			[]string{"/0/a want string, got null", "/0/a want string, got number"}},
		{"name of an object and of an item", `{"additionalProperties":{"additionalProperties":{"type":"null"}}}`, `{"x":{"7":1,"4294967296":2}}`,
			[]string{"x.4294967296 must be null, not a number", "x[7] must be null, not a number"}, []string{"/*/0 want null, got number"}},
		{"alternative with the fewest faults", `{"oneOf":[{"required":["a","b"]},{"required":["b"]}]}`, `{}`, []string{"b is required"},
			[]string{" matches none of the alternatives, or more than one"}},
		{"alternative with the tag", `{"anyOf":[{"properties":{"a":{"const":"x"}}},{"required":["b"],"properties":{"a":{"const":"y"}}}]}`, `{"a":"y"}`,
			[]string{"b is required"}, []string{" matches none of the alternatives, or more than one"}},
		{"alternative with fewer unknown names", `{"anyOf":[{"properties":{"a":true},"additionalProperties":false},{"additionalProperties":false}]}`, `{"a":1,"x":2}`,
			[]string{"x is not an argument here"}, []string{" matches none of the alternatives, or more than one"}},
		{"wrong type below an alternative", `{"anyOf":[{"type":"string"},{"properties":{"a":{"type":"string"}}}]}`, `{"a":1}`,
			[]string{"a must be a string, not a number"}, []string{"/a want string, got number"}},
		{"types of nested alternatives", `{"anyOf":[{"anyOf":[{"type":"string"},{"type":"null"}]},{"allOf":[{"type":"integer"}]},{"$ref":"#/$defs/b"}],"$defs":{"b":{"type":"boolean"}}}`, `[]`,
			[]string{"the arguments: must be a string, not an array"}, []string{" want boolean or integer or string or null, got array"}},
		{"nested alternative that fits the type", `{"anyOf":[{"type":"integer"},{"anyOf":[{"type":"string"},{"required":["a"]}]}]}`, `{}`,
			[]string{"a is required"}, []string{"/a the required property is missing"}},
		{"wrong type among other faults", `{"anyOf":[{"type":"string"},{"allOf":[{"type":"integer"},{"required":["b"]}]}]}`, `{}`,
			[]string{"the arguments: must be a string, not an object"}, []string{" want integer or string, got object"}},
		{"types of references", `{"anyOf":[{"allOf":[{"type":"integer"}]},{"$ref":"#/$defs/b"}],"$defs":{"b":{"type":"boolean"}}}`, `[]`,
			[]string{"the arguments: must be an integer, not an array"}, []string{" want boolean or integer, got array"}},
		{"no alternatives", `{"oneOf":[false]}`, `1`, []string{"the arguments: is not allowed here"}, []string{" no value is allowed here"}},
		{"more than one", `{"properties":{"a":{"oneOf":[true,true]}}}`, `{"a":1}`,
			[]string{"a matches more than one of the alternatives, of which it must match one"}, []string{"/a matches none of the alternatives, or more than one"}},
		{"names that are not allowed", `{"propertyNames":{"maxLength":1,"pattern":"^y"}}`, `{"xx":1}`,
			[]string{"xx is a name that does not match the pattern ^y", "xx is a name that has 2 characters, at most 1 are allowed"},
			[]string{" has a property whose name is not allowed"}},
		{"name of an item that is not allowed", `{"properties":{"a":{"items":{"propertyNames":{"maxLength":1}}}}}`, `{"a":[{},{"xx":{"xy":1}}]}`,
			[]string{"a[1].xx is a name that has 2 characters, at most 1 are allowed"}, []string{"/a/0 has a property whose name is not allowed"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			s, err := Compile(parse(t, x.schema))
			if err != nil {
				t.Fatal(err)
			}
			err = s.Validate(t.Context(), parse(t, x.value))
			var problems, violations []string
			for _, p := range Problems(err) {
				problems = append(problems, p.String())
			}
			for _, v := range Violations(err, map[string]bool{"a": true, "b": true}) {
				violations = append(violations, v.Pointer+" "+v.Message)
			}
			if !slices.Equal(problems, x.problems) {
				t.Errorf("got  %q\nwant %q", problems, x.problems)
			}
			if !slices.Equal(violations, x.violations) {
				t.Errorf("got  %q\nwant %q", violations, x.violations)
			}
		})
	}
}

// TestMessagesAreBounded counts the problems and violations of a value with many faults.
func TestMessagesAreBounded(t *testing.T) {
	schema, names := map[string]any{}, map[string]bool{}
	value := map[string]any{}
	for i := range 30 {
		name := fmt.Sprint("n", i)
		schema[name], value[name], names[name] = false, nil, true
	}
	s, err := Compile(map[string]any{"properties": schema})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Validate(t.Context(), value)
	if p, v := Problems(err), Violations(err, names); len(p) != 10 || len(v) != 20 {
		t.Errorf("%d problems, %d violations", len(p), len(v))
	}
	if Problems(nil) != nil || Violations(nil, nil) != nil {
		t.Error("no error has problems")
	}
	for err, want := range map[error]string{
		fmt.Errorf("%w: 7 steps", ErrTooMuch): "the arguments: too much to check: 7 steps. Send a smaller value|too much to check",
		context.Canceled:                      "the arguments: cannot be checked|does not match the schema",
	} {
		p, v := Problems(err), Violations(err, nil)
		if len(p) != 1 || len(v) != 1 || p[0].String()+"|"+v[0].Message != want || v[0].Pointer != "" {
			t.Errorf("%v: %v, %v", err, p, v)
		}
	}
}

// TestExplainedInPart explains mismatches that are too large for the library: at some of the
// places that do not match, in every kind of container.
func TestExplainedInPart(t *testing.T) {
	list := func(item string, n int) string { return "[" + strings.Repeat(item+",", n-1) + item + "]" }
	deep := list("1", 30_000) // has too many faults for the library, if its items must be texts
	texts := `{"items":{"type":"string"}}`
	for _, x := range []struct {
		name, schema, value string
		first               string // problem
		causes              int
	}{
		{"whole", texts, deep, "0 must be a string, not a number", maxExplained},
		{"property", `{"properties":{"a":` + texts + `}}`, `{"a":` + deep + `}`, "a[0] must be a string, not a number", maxExplained},
		{"other property", `{"properties":{"a":true},"additionalProperties":` + texts + `}`, `{"a":1,"b":` + deep + `}`, "b[0] must be a string, not a number", maxExplained},
		{"property by a pattern", `{"patternProperties":{"^b":` + texts + `},"additionalProperties":{"type":"null"}}`, `{"bb":` + deep + `}`, "the arguments: does not match the schema", 1},
		{"prefix", `{"prefixItems":[true,` + texts + `],"items":{"type":"null"}}`, `[1,` + deep + `,null]`, "1[0] must be a string, not a number", maxExplained},
		{"after a prefix", `{"prefixItems":[true],"items":` + texts + `}`, `[1,` + deep + `]`, "1[0] must be a string, not a number", maxExplained},
		{"conjunction", `{"allOf":[{"type":"array"},` + texts + `]}`, deep, "0 must be a string, not a number", maxExplained},
		{"reference", `{"$ref":"#/$defs/t","$defs":{"t":` + texts + `}}`, deep, "0 must be a string, not a number", maxExplained},
		{"alternative", `{"anyOf":[{"type":"null"},` + texts + `]}`, deep, "the arguments: matches none of the alternatives", 1},
		{"one alternative of", `{"oneOf":[{"type":"null"},` + texts + `]}`, deep, "the arguments: matches none of the alternatives", 1},
		{"only one alternative", `{"oneOf":[` + texts + `]}`, deep, "the arguments: matches none of the alternatives", 1},
		{"only one alternative of any", `{"anyOf":[` + texts + `]}`, deep, "the arguments: matches none of the alternatives", 1},
		{"condition", `{"if":true,"then":` + texts + `}`, deep, "the arguments: does not match the schema", 1},
	} {
		t.Run(x.name, func(t *testing.T) {
			s, err := Compile(parse(t, x.schema))
			if err != nil {
				t.Fatal(err)
			}
			err = s.Validate(t.Context(), parse(t, x.value))
			var wrong *ValidationError
			if !errors.As(err, &wrong) {
				t.Fatal(err)
			}
			if got := Problems(err)[0].String(); got != x.first || len(wrong.tree.Causes) != x.causes {
				t.Errorf("%d causes, the first is %q", len(wrong.tree.Causes), got)
			}
		})
	}
}

// TestExplanationHasItsOwnBudget explains a mismatch that was found with the last steps.
func TestExplanationHasItsOwnBudget(t *testing.T) {
	s, err := Compile(parse(t, `{"items":{"type":"integer"}}`))
	if err != nil {
		t.Fatal(err)
	}
	v := parse(t, `[1,2,3,4,5,6,7,"x"]`)
	m := NewMeter(Budget{})
	if _, err := s.Matches(t.Context(), m, v); err != nil {
		t.Fatal(err)
	}
	exact := NewMeter(Budget{Steps: m.steps})
	want := []Problem{{Field: "7", Reason: "must be an integer, not a string"}}
	if got := Problems(s.ValidateWithin(t.Context(), exact, v)); !slices.Equal(got, want) || exact.steps != m.steps {
		t.Errorf("%v after %d of %d steps", got, exact.steps, m.steps)
	}
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if err := s.Validate(ctx, v); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
