package check_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

const composed = `{"openapi": "3.1.0", "info": {"title": "t", "version": "1"},
 "paths": {"/p": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}},
	"responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}}}}}},
 "components": {"schemas": %s}}`

// TestEffective compares, for random bodies of requests and answers, documents whose schemas have a
// meaning only together with documents that say the same in one schema.
func TestEffective(t *testing.T) {
	const kinds = `"car": {"allOf": [{"$ref": "#/components/schemas/B"}, {"required": ["b"], "properties": {"b": {"type": "integer"}}}]},
		"van": {"allOf": [{"$ref": "#/components/schemas/car"}, {"required": ["c"]}]}`
	const one = `{"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}`
	const two = `{"type": "object", "required": ["a", "c"], "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}`
	const ofTwo = `"Body": {"type": "object", "required": ["a"], "properties": {"a": {"enum": ["x", "y"]}}, "anyOf": [{"required": ["b"]}, {"properties": {"a": {"enum": ["y"]}}}]}`
	for name, tt := range map[string]struct{ schemas, same string }{
		"read-only in another part": {
			`"Body": {"allOf": [{"$ref": "#/components/schemas/B"}, {"required": ["b", "c"]}], "required": ["a"]},
				"B": {"properties": {"a": {"readOnly": true}, "b": {"writeOnly": true, "type": "integer"}}}`,
			`"Body": {"required": ["a", "b", "c"], "properties": {"a": {"readOnly": true}, "b": {"writeOnly": true, "type": "integer"}}}`,
		},
		"read-only in all alternatives": {
			`"Body": {"required": ["a"], "anyOf": [{"properties": {"a": {"type": "string", "readOnly": true}}}, {"properties": {"a": {"type": "integer", "readOnly": true}}}]}`,
			`"Body": {"required": ["a"], "properties": {"a": {"anyOf": [{"type": "string"}, {"type": "integer"}], "readOnly": true}}}`,
		},
		"read-only beside a reference": {
			`"Body": {"required": ["a"], "properties": {"a": {"allOf": [{"$ref": "#/components/schemas/B"}]}}}, "B": {"type": "string", "readOnly": true}`,
			`"Body": {"required": ["a"], "properties": {"a": {"type": "string", "readOnly": true}}}`,
		},
		"values without quotes behind null": {
			`"Body": {"properties": {"a": {"type": ["string", "null"], "enum": [null, 1]}}}`,
			`"Body": {"properties": {"a": {"enum": [null, "1"]}}}`,
		},
		"closed parts": {
			`"Body": {"allOf": [{"$ref": "#/components/schemas/B"}, {"additionalProperties": false, "properties": {"b": {"type": "integer"}}}]},
				"B": {"type": "object", "additionalProperties": false, "properties": {"a": {"type": "string"}}}`,
			`"Body": {"type": "object", "additionalProperties": false, "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}`,
		},
		"mapping": {
			`"Body": {"$ref": "#/components/schemas/B"}, "B": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}},
				"discriminator": {"propertyName": "a", "mapping": {"x": "#/components/schemas/car", "y": "van"}}}, ` + kinds,
			`"Body": {"oneOf": [{"allOf": [{"properties": {"a": {"enum": ["x"]}}, "required": ["b"]}, ` + one + `]},
				{"allOf": [{"properties": {"a": {"enum": ["y"]}}, "required": ["b"]}, ` + two + `]}]}`,
		},
		"names": {
			`"Body": {"$ref": "#/components/schemas/B"}, "B": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}},
				"discriminator": {"propertyName": "a"}}, ` + kinds,
			`"Body": {"oneOf": [{"allOf": [{"properties": {"a": {"enum": ["car"]}}, "required": ["b"]}, ` + one + `]},
				{"allOf": [{"properties": {"a": {"enum": ["van"]}}, "required": ["b"]}, ` + two + `]},
				{"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "not": {"enum": ["car", "van"]}}}}]}`,
		},
		"a reference within a wrapper": {
			`"Body": {"allOf": [{"$ref": "#/components/schemas/B"}], "description": "one"}, "B": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}},
				"discriminator": {"propertyName": "a", "mapping": {"x": "car"}}}, "car": {"allOf": [{"$ref": "#/components/schemas/B"}, {"required": ["b"]}]}`,
			`"Body": {"type": "object", "required": ["a", "b"], "properties": {"a": {"enum": ["x"]}}}`,
		},
		"read-only in another declaration": {
			`"Body": {"allOf": [{"properties": {"a": {"readOnly": true}}}, {"required": ["a", "b"], "properties": {"a": {"type": "string"}}}]}`,
			`"Body": {"required": ["a", "b"], "properties": {"a": {"type": "string", "readOnly": true}}}`,
		},
		"a closed part beside alternatives": {
			`"Body": {"allOf": [{"$ref": "#/components/schemas/B"}], "anyOf": [{"properties": {"b": {"type": "integer"}}}, {"required": ["c"], "properties": {"c": {}}}]},
				"B": {"type": "object", "additionalProperties": false, "properties": {"a": {"type": "string"}}}`,
			`"Body": {"additionalProperties": false, "properties": {"a": {"type": "string"}, "b": {"type": "integer"}, "c": {}}}`,
		},
		"a closed part beside patterns": {
			`"Body": {"allOf": [{"$ref": "#/components/schemas/B"}, {"patternProperties": {"^b": {"type": "integer"}}}]},
				"B": {"type": "object", "additionalProperties": false, "properties": {"a": {"type": "string"}}}`,
			`"Body": {"additionalProperties": false, "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}`,
		},
		"closed compositions within another": {
			`"Body": {"allOf": [{"$ref": "#/components/schemas/B"}], "properties": {"c": {}}, "unevaluatedProperties": false},
				"B": {"allOf": [{"properties": {"a": {"type": "string"}}}], "properties": {"b": {"type": "integer"}}, "unevaluatedProperties": false}`,
			`"Body": {"additionalProperties": false, "properties": {"a": {"type": "string"}, "b": {"type": "integer"}, "c": {}}}`,
		},
		"a tag that is not required": {
			`"Body": {"$ref": "#/components/schemas/B"}, "B": {"type": "object", "properties": {"a": {"type": "string"}},
				"discriminator": {"propertyName": "a", "mapping": {"x": "car"}}}, "car": {"allOf": [{"$ref": "#/components/schemas/B"}, {"required": ["b"]}]}`,
			`"Body": {"type": "object", "properties": {"a": {"type": "string"}}, "anyOf": [{"required": ["b"]}, {"properties": {"a": {"not": {"enum": ["x"]}}}}]}`,
		},
		"a tag with a value of the base": {
			`"Body": {"$ref": "#/components/schemas/B"}, "B": {"type": "object", "required": ["a"], "properties": {"a": {"enum": ["x", "y"]}},
				"discriminator": {"propertyName": "a", "mapping": {"x": "car"}}}, "car": {"allOf": [{"$ref": "#/components/schemas/B"}, {"required": ["b"]}]}`,
			ofTwo,
		},
		"another name of the base": {
			`"Body": {"$ref": "#/components/schemas/B"}, "A": {"$ref": "#/components/schemas/B"}, "B": {"type": "object", "required": ["a"], "properties": {"a": {"enum": ["x", "y"]}},
				"discriminator": {"propertyName": "a", "mapping": {"x": "car", "y": "A"}}}, "car": {"allOf": [{"$ref": "#/components/schemas/B"}, {"required": ["b"]}]}`,
			ofTwo,
		},
		"a base that extends another": {
			`"Body": {"$ref": "#/components/schemas/B"}, "B": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}},
				"discriminator": {"propertyName": "a", "mapping": {"x": "van", "y": "car"}}},
				"car": {"allOf": [{"$ref": "#/components/schemas/B"}], "discriminator": {"propertyName": "a", "mapping": {"x": "van"}}},
				"van": {"allOf": [{"$ref": "#/components/schemas/car"}, {"required": ["b"]}]}`,
			ofTwo,
		},
		"a base that may be null": {
			`"Body": {"properties": {"a": {"$ref": "#/components/schemas/B"}}}, "B": {"type": ["object", "null"], "required": ["t"], "properties": {"t": {"type": "string"}},
				"discriminator": {"propertyName": "t", "mapping": {"x": "car"}}}, "car": {"allOf": [{"$ref": "#/components/schemas/B"}, {"required": ["b"]}]}`,
			`"Body": {"properties": {"a": {"type": "null"}}}`,
		},
		"a base that lists what extends it": {
			`"Body": {"$ref": "#/components/schemas/B"}, "B": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}},
				"oneOf": [{"$ref": "#/components/schemas/car"}, {"$ref": "#/components/schemas/van"}]}, ` + kinds,
			`"Body": {"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "not": {"required": ["c"]}}`,
		},
		"a base beside what extends it": {
			`"Body": {"oneOf": [{"$ref": "#/components/schemas/B"}, {"$ref": "#/components/schemas/car"}]}, "B": {"type": "object", "required": ["a"], "properties": {"a": {"enum": ["car", "y"]}},
				"discriminator": {"propertyName": "a"}}, "car": {"allOf": [{"$ref": "#/components/schemas/B"}, {"required": ["b"]}]}`,
			`"Body": {"type": "object", "required": ["a"], "properties": {"a": {"enum": ["car", "y"]}}, "anyOf": [{"required": ["b"]}, {"properties": {"a": {"enum": ["y"]}}}]}`,
		},
		"alternatives by the values that they declare": {
			`"Body": {"oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}], "discriminator": {"propertyName": "a"}},
				"A": {"required": ["b"], "properties": {"a": {"const": "x"}}}, "B": {"properties": {"a": {"enum": ["y"]}}}`,
			`"Body": {"required": ["a"], "properties": {"a": {"enum": ["x", "y"]}}, "anyOf": [{"required": ["b"]}, {"properties": {"a": {"enum": ["y"]}}}]}`,
		},
		"a subtype that declares its value": {
			`"Body": {"$ref": "#/components/schemas/B"}, "B": {"type": "object", "required": ["a"], "properties": {"a": {"enum": ["x", "y"]}}, "discriminator": {"propertyName": "a"}},
				"car": {"allOf": [{"$ref": "#/components/schemas/B"}, {"required": ["b"], "properties": {"a": {"const": "x"}}}]}`,
			ofTwo,
		},
		"a name beside a mapping": {
			`"Body": {"oneOf": [{"$ref": "#/components/schemas/car"}, {"$ref": "#/components/schemas/van"}], "discriminator": {"propertyName": "a", "mapping": {"x": "car", "y": "van"}}},
				"car": {"required": ["a", "b"]}, "van": {"required": ["a"]}`,
			ofTwo,
		},
		"alternatives by their names": {
			`"Body": {"oneOf": [{"$ref": "#/components/schemas/car"}, {"$ref": "#/components/schemas/van"}], "discriminator": {"propertyName": "a"}},
				"car": {"required": ["a", "b"]}, "van": {"required": ["a", "c"]}`,
			`"Body": {"required": ["a"], "anyOf": [{"required": ["b"], "properties": {"a": {"not": {"enum": ["van"]}}}}, {"required": ["c"], "properties": {"a": {"not": {"enum": ["car"]}}}}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var checkers []*check.Checker
			for _, schemas := range []string{tt.schemas, tt.same} {
				doc := openapitest.Must(openapi.Load(fmt.Appendf(nil, composed, "{"+schemas+"}")))
				checkers = append(checkers, openapitest.Must(check.New(doc, check.Config{})))
			}
			refused, random := 0, rand.New(rand.NewPCG(1, 2))
			for range 1000 {
				x := exchange{method: "POST", url: "http://h/p", kind: "application/json", body: randomBody(random), status: 200, answerKind: "application/json", answer: randomBody(random)}
				var broken [2]string
				for i, c := range checkers {
					for _, m := range c.Check(t.Context(), x.flow(t)).Mismatches {
						broken[i] += m.Rule + " "
					}
				}
				if (broken[0] == "") != (broken[1] == "") {
					t.Fatalf("%s, answered by %s: got %q, want %q", x.body, x.answer, broken[0], broken[1])
				}
				if broken[0] != "" {
					refused++
				}
			}
			if refused == 0 || refused == 1000 {
				t.Errorf("%d of 1000 exchanges break a rule: nothing is told apart", refused)
			}
		})
	}
}

func randomBody(random *rand.Rand) string {
	pick := func(all ...string) string { return all[random.IntN(len(all))] }
	return "{" + pick(`"a": "x"`, `"a": "y"`, `"a": "car"`, `"a": "van"`, `"a": "z"`, `"a": 1`, `"a": "1"`, `"a": null`, `"d": 1`) + pick("", `, "b": 1`, `, "b": 1`, `, "b": "s"`) + pick("", `, "c": 2`) + "}"
}
