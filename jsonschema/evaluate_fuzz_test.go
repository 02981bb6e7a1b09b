package jsonschema

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

// FuzzEvaluate holds that a validation stays within a hard budget of steps, and that it answers as
// the library's own validator does where that one is cheap enough to ask.
func FuzzEvaluate(f *testing.F) {
	for _, x := range [][2]string{
		{recursive, nested(3)},
		{doubling(4), `"x"`},
		{`{"type":"integer","minimum":1,"multipleOf":0.5}`, `1.0`},
		{`{"enum":[1,"a",{"b":[1.0]}],"const":{"b":[1]}}`, `{"b":[1]}`},
		{`{"properties":{"a":true},"unevaluatedProperties":false,"allOf":[{"properties":{"b":true}}]}`, `{"a":1,"b":2}`},
		{`{"anyOf":[{"properties":{"a":{"const":1}}},{"properties":{"b":true}}],"unevaluatedProperties":false}`, `{"a":2,"b":2}`},
		{`{"if":{"properties":{"a":true},"required":["a"]},"then":{"properties":{"b":true}},"else":false,"unevaluatedProperties":{"type":"null"}}`, `{"a":2,"b":2,"c":null}`},
		{`{"prefixItems":[true],"contains":{"type":"string"},"minContains":2,"maxContains":3,"unevaluatedItems":false}`, `[1,"a","b"]`},
		{`{"oneOf":[{"items":{"type":"string"}},{"prefixItems":[{"type":"number"}]}],"unevaluatedItems":false,"uniqueItems":true}`, `[1,1.0]`},
		{`{"dependentSchemas":{"a":{"required":["b"]}},"dependentRequired":{"b":["c"]},"propertyNames":{"maxLength":1}}`, `{"a":1,"b":2}`},
		{`{"patternProperties":{"^a":{"type":"string"}},"additionalProperties":{"type":"integer"},"minProperties":1}`, `{"ab":"x","c":1}`},
		{`{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"anyOf":[{"$ref":"#/$defs/a"},{"type":"string"}]}`, `"x"`},
		{`{"not":{"format":"date-time"},"pattern":"^(a|aa)+$","minLength":2,"maxLength":40}`, `"aaaaaaaaaaaaaaaaaaaaaa!"`},
	} {
		f.Add(x[0], x[1])
	}
	f.Fuzz(func(t *testing.T, schema, value string) {
		if strings.Contains(schema, "$schema") || len(schema) > 4096 || len(value) > 4096 {
			t.Skip()
		}
		sv, ok := decodeFuzz(schema)
		v, ok2 := decodeFuzz(value)
		if !ok || !ok2 {
			t.Skip()
		}
		s, err := Compile(sv)
		if err != nil {
			t.Skip()
		}
		m := NewMeter(50_000)
		start := time.Now()
		err = s.ValidateWithin(t.Context(), m, v)
		Problems(err)
		Violations(err, nil)
		if took := time.Since(start); took > time.Minute {
			t.Fatalf("took %v", took)
		}
		var wrong *ValidationError
		if err != nil && !errors.As(err, &wrong) || m.steps > 20_000 {
			return
		}
		if want := s.compiled.Validate(v) == nil; want != (err == nil) {
			t.Errorf("valid is %v, the library says %v", err == nil, want)
		}
	})
}

func decodeFuzz(text string) (any, bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || CheckNumbers(v) != nil {
		return nil, false
	}
	return v, true
}
