package lint

import (
	"fmt"
	"strings"
	"testing"
)

// TestBounds checks bounds that no value meets, and those that just one does.
func TestBounds(t *testing.T) {
	const property = `{type: string, pattern: '^(?!0)\d+$'}`
	for _, tt := range []struct{ schema, want string }{
		{"{type: integer, minimum: 3, maximum: 3}", ""},
		{"{type: integer, minimum: 4, maximum: 3}", "bounds-crossed"},
		{"{type: string, minLength: 3, maxLength: 3}", ""},
		{"{type: string, minLength: 4, maxLength: 3}", "bounds-crossed"},
		{"{type: array, items: {type: string}, minItems: 3, maxItems: 3}", ""},
		{"{type: array, items: {type: string}, minItems: 4, maxItems: 3}", "bounds-crossed"},
		{"{type: object, minProperties: 3, maxProperties: 3}", ""},
		{"{type: object, minProperties: 4, maxProperties: 3}", "bounds-crossed"},
		{"{type: string, minLength: 4}", ""},
		{"{type: string, enum: [a, b]}", ""},
		{"{type: string, enum: [a, b, a]}", "enum-repeated"},
		{"{enum: [1, '1', true, 'true', null, 'null']}", ""},
		{"{enum: [1, 1.0]}", "enum-repeated"},
		{"{type: string, nullable: true, enum: [a]}", "enum-null"},
		{"{type: string, nullable: true, enum: [a, null]}", ""},
		{"{type: string, nullable: false, enum: [a]}", ""},
		{"{type: string, nullable: true}", ""},
		{"{type: string, minLength: 0, maxLength: 9}", ""},
		{"{type: string, minLength: 1e1, maxLength: 1.0e+3}", ""},
		{"{type: string, minLength: 2e3, maxLength: 1.0e3}", "bounds-crossed"},
		{"{type: array, items: {type: string}, minItems: 3.0, maxItems: 2.0}", "bounds-crossed"},
		{"{type: string, minLength: 1e-1}", "value-type"},
		{"{type: string, minLength: 1e999999999}", "value-type"},
		{"{type: string, minLength: -1}", "value-type"},
		{"{type: string, maxLength: 1.5}", "value-type"},
		{"{type: string, maxLength: '5'}", "value-type"},
		{"{type: integer, minimum: -1.5}", ""},
		{"{type: integer, minimum: '1'}", "value-type"},
		{"{type: integer, multipleOf: 0.5}", ""},
		{"{type: integer, multipleOf: 0}", "value-type"},
		{"{type: integer, multipleOf: -2}", "value-type"},
		{"{type: integer, multipleOf: -1000000000}", "value-type"},
		{"{type: number, multipleOf: 0.000000001}", ""},
		{"{type: number, multipleOf: -0.000000001}", "value-type"},
		{"{type: number, multipleOf: -1.0e3}", "value-type"},
	} {
		result, err := Check(t.Context(), []byte(strings.Replace(clean, property, tt.schema, 1)), Config{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range result.Findings {
			switch rule := fmt.Sprint(f.Rule); rule {
			case "bounds-crossed", "enum-repeated", "enum-null", "value-type":
				got = append(got, rule)
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %v, want %q", tt.schema, got, tt.want)
		}
	}
}
