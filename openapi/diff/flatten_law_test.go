package diff

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
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
			c := must.Get(check.New(doc, check.Config{}))
			for _, v := range lawValues {
				data := dataOf(rt, v)
				meter := jsonschema.NewMeter(1_000_000)
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
func dataOf(t must.Test, text string) (v any) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	must.Do(t, d.Decode(&v))
	return v
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
