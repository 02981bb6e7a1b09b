package diff

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
)

// lawValues are values that schemas admit or not.
var lawValues = []string{
	`null`, `true`, `0`, `1`, `2`, `6`, `1.5`, `-1`, `""`, `"a"`, `"ab"`, `"bb"`, `[]`, `[1]`, `["a", 1]`, `["a", "b", "a"]`, `{}`,
	`{"a": 1}`, `{"a": "a"}`, `{"a": 1, "b": 2}`, `{"a": "x", "b": {"a": 1}}`, `{"b": {"a": "a"}}`, `{"c": 6}`, `{"a": null}`,
}

// A schema admits the same values before and after its allOf is merged.
func TestFlattenKeepsMeaning(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		// A schema that combines itself means nothing.
		other := strings.ReplaceAll(randomParts(rt, 2), `{"$ref": "#/components/schemas/T"}`, "{}")
		text := `{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": {"S": ` +
			randomParts(rt, 3) + `, "T": ` + other + `}}}`
		var docs [2]string
		for i := range docs {
			doc, err := openapi.Load([]byte(text))
			if err != nil {
				rt.Fatalf("%v: %s", err, text)
			}
			if i == 1 {
				if err := flatten(doc, ofPerson.steps); err != nil {
					rt.Fatalf("%v: %s", err, text)
				}
			}
			c, err := check.New(doc, check.Config{})
			if err != nil {
				rt.Fatal(err)
			}
			for _, v := range lawValues {
				data := dataOf(rt, v)
				meter := jsonschema.NewMeter(jsonschema.Budget{Steps: 1_000_000})
				problems := c.Admits(context.Background(), meter, doc.Components.Schemas["S"], data)
				docs[i] += fmt.Sprintf("%s %t\n", v, len(problems) == 0)
			}
		}
		if docs[0] != docs[1] {
			rt.Fatalf("%s\nbefore:\n%s\nafter:\n%s", text, docs[0], docs[1])
		}
	})
}

// randomParts returns a schema with an allOf, as JSON.
func dataOf(t interface{ Fatal(...any) }, text string) (v any) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Each two keywords together admit the same values before and after their allOf is merged.
func TestFlattenPairs(t *testing.T) {
	parts := append(slices.Clone(simpleParts[1:len(simpleParts)-2]), `{"items": {"type": "integer"}}`, `{"prefixItems": [{"type": "string"}], "items": {"type": "integer"}}`, `{"prefixItems": [{"type": "integer"}]}`,
		`{"properties": {"a": {"type": "integer"}}}`, `{"properties": {"b": {}}, "additionalProperties": {"type": "integer"}}`, `false`)
	var schemas []string
	for i, p := range parts {
		for j, q := range parts {
			schemas = append(schemas, fmt.Sprintf(`"S%d_%d": {"allOf": [%s, %s]}`, i, j, p, q))
		}
	}
	text := `{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": {` + strings.Join(schemas, ", ") + `}}}`
	admitted := map[string]string{}
	for _, flat := range []bool{false, true} {
		doc, err := openapi.Load([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if flat {
			if err := flatten(doc, ofPerson.steps); err != nil {
				t.Fatal(err)
			}
		}
		c, err := check.New(doc, check.Config{})
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range parts {
			for j, q := range parts {
				name := fmt.Sprintf("S%d_%d", i, j)
				got := ""
				for _, v := range lawValues {
					if len(c.Admits(t.Context(), nil, doc.Components.Schemas[name], dataOf(t, v))) == 0 {
						got += " " + v
					}
				}
				if flat && got != admitted[name] {
					t.Errorf("%s and %s: admit%s\nmerged:%s", p, q, admitted[name], got)
				}
				admitted[name] = got
			}
		}
	}
}

// A merged schema has the first annotation of each kind, all marks, and one keyword for those that
// say the same.
func TestFlattenAnnotations(t *testing.T) {
	for _, tt := range []struct{ name, schema, want string }{
		{"keywords that both parts have", `{"title": "own", "multipleOf": 2, "allOf": [
		{"title": "a", "description": "b", "x-a": 1, "readOnly": true, "default": 0, "multipleOf": 1, "minLength": 3, "maxLength": 9, "format": "f",
			"type": ["integer", "string"], "enum": [0, 6, 12], "contentMediaType": "text/a", "discriminator": {"propertyName": "a"}},
		{"description": "c", "x-a": 2, "x-b": 3, "deprecated": true, "default": 6, "multipleOf": 6, "minLength": 2, "maxLength": 8, "format": "f",
			"type": "number", "enum": [6, 12, 18], "contentMediaType": "text/b", "discriminator": {"propertyName": "b"}}]}`,
			`{"title": "own", "description": "b", "x-a": 1, "x-b": 3, "readOnly": true, "deprecated": true, "default": 0, "multipleOf": 6,
		"minLength": 3, "maxLength": 8, "format": "f", "type": "integer", "enum": [6, 12], "contentMediaType": "text/a", "discriminator": {"propertyName": "a"}}`},
		{"keywords that one part has", `{"allOf": [
		{"example": 1, "externalDocs": {"url": "https://a.example"}, "contentMediaType": "text/a", "minItems": 1, "maxProperties": 5},
		{"examples": [2], "contentEncoding": "base64", "contentSchema": {"title": "c"}, "writeOnly": true, "discriminator": {"propertyName": "b"},
			"title": "t", "maxItems": 4, "minProperties": 2, "uniqueItems": true}]}`,
			`{"example": 1, "externalDocs": {"url": "https://a.example"}, "contentMediaType": "text/a", "examples": [2], "contentEncoding": "base64",
		"contentSchema": {"title": "c"}, "writeOnly": true, "discriminator": {"propertyName": "b"}, "title": "t",
		"minItems": 1, "maxItems": 4, "minProperties": 2, "maxProperties": 5, "uniqueItems": true}`},
		{"keywords that cannot be merged", `{"format": "f", "const": 1, "allOf": [{"format": "g", "const": 2, "pattern": "a"}, {"pattern": "b", "contains": {"title": "c"}},
			{"contains": {"title": "d"}, "minContains": 2}]}`,
			`{"format": "f", "const": 1, "pattern": "a", "contains": {"title": "c"}, "allOf": [{"format": "g", "const": 2}, {"pattern": "b"},
			{"contains": {"title": "d"}, "minContains": 2}]}`},
	} {
		doc := loadMembers(t, `"components": {"schemas": {"S": `+tt.schema+`}}`)
		if err := flatten(doc, ofPerson.steps); err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(doc.Components.Schemas["S"].Value)
		if err != nil {
			t.Fatal(err)
		}
		if got := dataOf(t, string(b)); !reflect.DeepEqual(got, dataOf(t, tt.want)) {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, b, tt.want)
		}
	}
}

// A merged schema of OpenAPI 3.0 admits null if some part does and none that has a type does not.
func TestFlattenNullable(t *testing.T) {
	for schema, want := range map[string]bool{
		`{"nullable": true, "allOf": [{"type": "string"}]}`:                                                      true,
		`{"nullable": true, "allOf": [{"$ref": "#/components/schemas/Text"}]}`:                                   true,
		`{"allOf": [{"$ref": "#/components/schemas/Text"}]}`:                                                     false,
		`{"allOf": [{"$ref": "#/components/schemas/Null"}]}`:                                                     true,
		`{"allOf": [{"$ref": "#/components/schemas/Null"}, {"minLength": 1}]}`:                                   true,
		`{"allOf": [{"$ref": "#/components/schemas/Null"}, {"$ref": "#/components/schemas/Text"}]}`:              false,
		`{"allOf": [{"$ref": "#/components/schemas/Text"}, {"$ref": "#/components/schemas/Null"}]}`:              false,
		`{"allOf": [{"allOf": [{"minLength": 1}]}, {"$ref": "#/components/schemas/Null"}]}`:                      false,
		`{"allOf": [{"allOf": [{"$ref": "#/components/schemas/Null"}]}, {"$ref": "#/components/schemas/Null"}]}`: true,
		`{"allOf": [{"minLength": 1}, {"maxLength": 2}]}`:                                                        false,
		`{"allOf": [{"$ref": "#/components/schemas/S"}, {"$ref": "#/components/schemas/Null"}]}`:                 true,
	} {
		doc, err := openapi.Load([]byte(`{"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": {
			"Text": {"type": "string"}, "Null": {"type": "string", "nullable": true}, "S": ` + schema + `,
			"P": {"allOf": [{"properties": {"p": ` + schema + `}}, {"properties": {"p": {"minLength": 3}}}]}}}}`))
		if err != nil {
			t.Fatal(err)
		}
		if err := flatten(doc, ofPerson.steps); err != nil {
			t.Fatal(err)
		}
		all := doc.Components.Schemas
		if s, p := all["S"].Value, all["P"].Value.Properties["p"].Value; s.Nullable != want || p.Nullable != want || p.MinLength != 3 {
			t.Errorf("%s: admits null: %t, as a property: %t, want %t", schema, s.Nullable, p.Nullable, want)
		}
	}
}

func randomParts(t *rapid.T, depth int) string {
	var parts []string
	for range rapid.IntRange(0, 3).Draw(t, "parts") {
		parts = append(parts, randomPart(t, depth))
	}
	all := `"allOf": [` + strings.Join(append(parts, "{}"), ", ") + `]}`
	if own := randomPart(t, depth); len(own) > 2 && own[0] == '{' && !strings.HasPrefix(own, `{"allOf"`) && !strings.HasPrefix(own, `{"$ref"`) {
		return own[:len(own)-1] + ", " + all
	}
	return "{" + all
}

// simpleParts are schemas with one keyword.
var simpleParts = []string{
	`{}`, `{"type": "string"}`, `{"type": "integer"}`, `{"type": "number"}`, `{"type": ["string", "null"]}`, `{"type": "object"}`, `{"type": ["object", "array", "integer"]}`,
	`{"enum": [1, 2, "a"]}`, `{"enum": [1, "ab", null]}`, `{"const": 1}`, `{"minimum": 1}`, `{"exclusiveMinimum": 1}`, `{"maximum": 2}`, `{"exclusiveMaximum": 6}`,
	`{"multipleOf": 2}`, `{"multipleOf": 3}`, `{"multipleOf": 0.5}`, `{"minLength": 1}`, `{"maxLength": 1}`, `{"pattern": "^a"}`, `{"pattern": "b$"}`,
	`{"required": ["a"]}`, `{"required": ["b"]}`, `{"minItems": 1}`, `{"maxItems": 2}`, `{"uniqueItems": true}`, `{"minProperties": 1}`, `{"maxProperties": 1}`,
	`{"not": {"type": "null"}}`, `{"oneOf": [{"type": "string"}, {"minimum": 1}]}`, `{"anyOf": [{"type": "object"}, {"enum": [1]}]}`,
	`{"if": {"type": "string"}, "then": {"minLength": 2}}`, `{"if": {"type": "integer"}, "else": {"type": "object"}}`,
	`{"contains": {"type": "string"}}`, `{"contains": {"type": "integer"}, "minContains": 1}`, `{"dependentRequired": {"a": ["b"]}}`, `{"dependentRequired": {"b": ["a"]}}`,
	`{"propertyNames": {"maxLength": 1}}`, `{"patternProperties": {"^a": {"type": "integer"}}}`, `{"dependentSchemas": {"a": {"required": ["b"]}}}`, `true`,
	`{"$ref": "#/components/schemas/T"}`,
}

func randomPart(t *rapid.T, depth int) string {
	if depth == 0 {
		return rapid.SampledFrom(simpleParts[:len(simpleParts)-2]).Draw(t, "part")
	}
	switch rapid.IntRange(0, 7).Draw(t, "choice") {
	case 0:
		return `{"properties": {"a": ` + randomPart(t, depth-1) + `}}`
	case 1:
		return `{"properties": {"a": ` + randomPart(t, depth-1) + `, "b": ` + randomPart(t, depth-1) + `}}`
	case 2:
		return `{"items": ` + randomPart(t, depth-1) + `}`
	case 3:
		return `{"prefixItems": [` + randomPart(t, depth-1) + `], "items": ` + randomPart(t, depth-1) + `}`
	case 4:
		return `{"properties": {"b": {}}, "additionalProperties": ` + randomPart(t, depth-1) + `}`
	case 5:
		return `{"allOf": [` + randomPart(t, depth-1) + `, ` + randomPart(t, depth-1) + `]}`
	}
	return rapid.SampledFrom(simpleParts).Draw(t, "part")
}
