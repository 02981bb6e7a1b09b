package jsonschema

import (
	"fmt"
	"strings"
	"testing"
)

// agreeSchemas has every keyword that the evaluator knows, alone and where keywords depend on one
// another.
var agreeSchemas = []string{
	`true`, `false`, `{}`,
	`{"type":"null"}`, `{"type":"boolean"}`, `{"type":"string"}`, `{"type":"number"}`, `{"type":"integer"}`,
	`{"type":"array"}`, `{"type":"object"}`, `{"type":["integer","null"]}`, `{"type":["array","string"]}`,
	// Equality.
	`{"const":null}`, `{"const":true}`, `{"const":"ab"}`, `{"const":1}`, `{"const":1.0}`, `{"const":-10}`, `{"const":1e1}`,
	`{"const":[]}`, `{"const":[1,2]}`, `{"const":[2,1]}`, `{"const":{}}`, `{"const":{"a":1}}`, `{"const":{"a":1,"b":[1,{"c":null}]}}`,
	`{"enum":[null,"a",1,[1],{"a":1}]}`, `{"items":{"enum":["a","b"]}}`,
	`{"items":{"enum":[` + words(20) + `,1,null,"ab"]}}`, `{"additionalProperties":{"enum":[` + words(16) + `]}}`,
	`{"uniqueItems":true}`, `{"items":{"uniqueItems":true}}`,
	// Texts and numbers.
	`{"minLength":2}`, `{"maxLength":2}`, `{"minLength":1,"maxLength":1}`, `{"pattern":"^a"}`, `{"minLength":2,"pattern":"b$"}`,
	`{"format":"date"}`, `{"format":"int32"}`, `{"format":"ipv4","minLength":3}`,
	`{"minimum":1}`, `{"maximum":1}`, `{"exclusiveMinimum":1}`, `{"exclusiveMaximum":1}`, `{"multipleOf":2}`, `{"multipleOf":0.5}`,
	`{"minimum":0,"maximum":10,"multipleOf":5}`, `{"minimum":1,"exclusiveMaximum":2.5}`,
	// Objects.
	`{"minProperties":1}`, `{"maxProperties":1}`, `{"required":["a"]}`, `{"required":["a","b"]}`,
	`{"properties":{"a":{"type":"integer"}}}`, `{"properties":{"a":true,"b":false}}`,
	`{"patternProperties":{"^a":{"type":"integer"},"b$":{"type":["integer","array"]}}}`,
	`{"additionalProperties":false}`, `{"additionalProperties":{"type":"integer"}}`,
	`{"properties":{"a":true},"additionalProperties":false}`, `{"properties":{"a":true},"patternProperties":{"^b":true},"additionalProperties":false}`,
	`{"properties":{"b":{"type":"array"}},"patternProperties":{"a":{"minimum":2}},"additionalProperties":{"type":"null"}}`,
	`{"propertyNames":{"maxLength":1}}`, `{"propertyNames":{"pattern":"^[a-c]$"},"properties":{"a":{"type":"integer"}}}`,
	`{"dependentRequired":{"a":["b"]}}`, `{"dependentRequired":{"b":["a","c"]}}`,
	`{"dependentSchemas":{"a":{"required":["b"]}}}`, `{"dependentSchemas":{"b":false,"c":{"maxProperties":1}}}`,
	// Arrays.
	`{"minItems":2}`, `{"maxItems":2}`, `{"items":{"type":"integer"}}`, `{"items":false}`, `{"prefixItems":[{"type":"integer"}]}`,
	`{"prefixItems":[{"type":"integer"},{"type":"string"}],"items":false}`, `{"prefixItems":[true],"items":{"type":"integer"}}`,
	`{"contains":{"type":"string"}}`, `{"contains":{"type":"integer"},"minContains":2}`, `{"contains":{"type":"integer"},"maxContains":1}`,
	`{"contains":{"type":"string"},"minContains":0}`, `{"contains":{"type":"integer"},"minContains":0,"maxContains":2}`,
	// Combinations.
	`{"not":{"type":"integer"}}`, `{"not":{"required":["a"]},"type":"object"}`,
	`{"allOf":[{"type":"object"},{"required":["a"]}]}`, `{"anyOf":[{"type":"string"},{"minimum":2}]}`, `{"anyOf":[{"type":"string"},{"type":"null"}]}`,
	`{"oneOf":[{"type":"integer"},{"minimum":2}]}`, `{"oneOf":[{"type":"array"},{"maxItems":1}]}`, `{"oneOf":[{"type":"boolean"}]}`,
	`{"if":{"type":"integer"},"then":{"minimum":2},"else":{"type":"string"}}`, `{"if":{"required":["a"]},"then":{"required":["b"]}}`,
	`{"if":{"type":"object"},"else":false}`, `{"not":{"type":"null"},"anyOf":[{"type":"null"},{"type":"string"}],"oneOf":[{"minLength":2},{"maxLength":2}]}`,
	`{"$ref":"#/$defs/a","$defs":{"a":{"type":"integer"}}}`, `{"$ref":"#/$defs/a","minimum":2,"$defs":{"a":{"type":"integer"}}}`,
	`{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"anyOf":[{"$ref":"#/$defs/a"},{"type":"string"}]}`,
	`{"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"},{"type":"integer"}]}},"allOf":[{"$ref":"#/$defs/a"},{"not":{"$ref":"#/$defs/a"}}]}`,
	`{"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"},{"type":"object"}]},"b":{"not":{"$ref":"#/$defs/a"}}},"anyOf":[{"$ref":"#/$defs/b"},{"$ref":"#/$defs/a"}]}`,
	recursive,
	// Members that another keyword evaluates.
	`{"properties":{"a":true},"unevaluatedProperties":false}`, `{"unevaluatedProperties":{"type":"integer"}}`,
	`{"patternProperties":{"^a":true},"unevaluatedProperties":false}`, `{"additionalProperties":true,"unevaluatedProperties":false}`,
	`{"$ref":"#/$defs/a","$defs":{"a":{"properties":{"a":true,"b":true}}},"unevaluatedProperties":false}`,
	`{"allOf":[{"properties":{"a":true}},{"properties":{"b":true}}],"unevaluatedProperties":false}`,
	`{"anyOf":[{"properties":{"a":{"type":"integer"}},"required":["a"]},{"properties":{"b":true}}],"unevaluatedProperties":false}`,
	`{"oneOf":[{"properties":{"a":true},"required":["a"]},{"properties":{"c":true},"required":["c"]}],"unevaluatedProperties":false}`,
	`{"not":{"properties":{"a":{"const":7}}},"unevaluatedProperties":false}`, `{"not":{"not":{"properties":{"a":true}}},"unevaluatedProperties":false}`,
	`{"if":{"properties":{"a":{"type":"integer"}},"required":["a"]},"then":{"properties":{"b":true}},"else":{"properties":{"c":true}},"unevaluatedProperties":false}`,
	`{"dependentSchemas":{"a":{"properties":{"a":true,"b":true}}},"unevaluatedProperties":false}`,
	`{"allOf":[{"properties":{"a":true},"unevaluatedProperties":true}],"unevaluatedProperties":false}`,
	`{"allOf":[{"unevaluatedProperties":{"type":"integer"}}],"properties":{"a":true},"unevaluatedProperties":false}`,
	`{"properties":{"b":{"properties":{"a":true}}},"unevaluatedProperties":false}`,
	`{"prefixItems":[true],"unevaluatedItems":false}`, `{"unevaluatedItems":{"type":"integer"}}`, `{"items":true,"unevaluatedItems":false}`,
	`{"contains":{"type":"integer"},"unevaluatedItems":false}`, `{"allOf":[{"prefixItems":[true]},{"prefixItems":[true,true]}],"unevaluatedItems":{"type":"string"}}`,
	`{"anyOf":[{"prefixItems":[{"type":"string"}]},{"prefixItems":[true,{"type":"integer"}]}],"unevaluatedItems":false}`,
	`{"allOf":[{"unevaluatedItems":{"type":"integer"}}],"unevaluatedItems":false}`, `{"if":{"prefixItems":[{"const":1}]},"then":true,"else":{"items":true},"unevaluatedItems":false}`,
}

var agreeValues = []string{
	`null`, `true`, `false`, `0`, `1`, `1.0`, `10e-1`, `2`, `2.5`, `-10`, `-1e1`, `10`, `7`, `2147483648`, `9007199254740993`,
	`""`, `"a"`, `"ab"`, `"b"`, `"äb"`, `"abc"`, `"w1"`, `"w15"`, `"w16"`, `"1"`, `"2026-02-30"`, `"2026-01-31"`, `"1.2.3.4"`,
	`[]`, `[1]`, `[1,2]`, `[2,1]`, `[1,2,3]`, `[1,"a"]`, `["a",1]`, `["a","b","w16"]`, `["w1","w1"]`, `["w3","x","w3"]`, `["ab","ab","ac"]`, `[1,1.0]`,
	`[[1,2],[2,1]]`, `[[1,1],[1]]`, `[{"a":1,"b":2},{"b":2,"a":1.0}]`, `[{"a":1},{"b":1}]`, `["a",["a"]]`, `[true,1,null,false,"true"]`, `[null,null]`,
	`[{"a":"b"},{"a":["b"]}]`, `["1",1,"#1"]`, `[["ab"],["a","b"]]`, `[1,1,1]`, `[1,2,"a","b"]`,
	`{}`, `{"a":1}`, `{"a":1.0}`, `{"a":2}`, `{"a":"x"}`, `{"b":1}`, `{"c":1}`, `{"a":1,"b":2}`, `{"a":1,"c":2}`, `{"b":[],"c":1}`, `{"a":1,"b":[1,{"c":null}]}`,
	`{"a":1,"b":[1,{"c":0}]}`, `{"a":1,"b":[1,{"d":null}]}`, `{"a":1,"b":2,"c":3}`, `{"ab":1}`, `{"ab":"x"}`, `{"a":null,"d":null}`, `{"b":{"a":1}}`,
	`{"b":{"c":1}}`, `{"c":{"c":{"a":"x"}}}`, `{"c":{"c":17}}`, `{"x":"w1","y":"w1","z":"w15"}`, `{"x":"w1","y":"w1","z":"w16"}`, `{"b":{"a":[{"b":1},2]}}`,
}

// words returns n texts of an enum.
func words(n int) string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf(`"w%d"`, i))
	}
	return strings.Join(out, ",")
}

// TestAgreesWithLibrary holds that the evaluator decides as the library's own validator does, also
// when it takes results from memory and when it evaluates everything to measure an explanation.
func TestAgreesWithLibrary(t *testing.T) {
	values := make([]any, len(agreeValues))
	for i, text := range agreeValues {
		values[i] = parse(t, text)
	}
	for _, schema := range agreeSchemas {
		s, err := Compile(parse(t, schema))
		if err != nil {
			t.Fatalf("%s: %v", schema, err)
		}
		remembering := newEvaluator(t.Context(), NewMeter(0))
		remembering.meter.steps = memoSteps
		for i, v := range values {
			want := s.compiled.Validate(v) == nil
			if err := s.Validate(t.Context(), v); (err == nil) != want {
				t.Errorf("%s of %s: %v, the library says %v", schema, agreeValues[i], err, want)
			} else if (len(Problems(err)) == 0) != want || (len(Violations(err, nil)) == 0) != want {
				t.Errorf("%s of %s: valid is %v, explained by %v, %v", schema, agreeValues[i], want, Problems(err), Violations(err, nil))
			}
			full := newEvaluator(t.Context(), NewMeter(0))
			full.full = true
			if got, err := s.decide(full, v); got != want || err != nil {
				t.Errorf("%s of %s in full: %v, %v, the library says %v", schema, agreeValues[i], got, err, want)
			} else if !want && full.faults == 0 {
				t.Errorf("%s of %s in full: no fault was counted", schema, agreeValues[i])
			}
			for range 2 {
				if got, err := s.decide(remembering, v); got != want || err != nil {
					t.Errorf("%s of %s remembered: %v, %v, the library says %v", schema, agreeValues[i], got, err, want)
				}
			}
		}
	}
}
