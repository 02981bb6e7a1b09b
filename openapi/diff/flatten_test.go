package diff_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/diff"
)

// combined is a document whose POST /things takes and returns the schema Thing. REQUEST and
// RESPONSE are where it is used.
const combined = `openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /things:
    post:
      operationId: addThing
      requestBody: {content: {application/json: {schema: REQUEST}}}
      responses: {"200": {description: ok, content: {application/json: {schema: RESPONSE}}}}
components:
  schemas:
SCHEMAS`

func changesOf(t *testing.T, a, b string) []diff.Change {
	t.Helper()
	x, err := openapi.Load([]byte(a))
	if err != nil {
		t.Fatalf("%v\n%s", err, a)
	}
	y, err := openapi.Load([]byte(b))
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	changes, err := diff.Documents(x, y)
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	return changes
}

// What one part of an allOf says of what another part declares is compared as a whole.
func TestAllOf(t *testing.T) {
	const base = `
    Base: {type: object, properties: {id: {type: string}, n: {type: number}, kind: {type: string, enum: [a, b, c]}}}
`
	tests := []struct {
		name, from, to     string   // schemas
		request, responses []string // level, id and a part of the text
	}{
		{
			"required beside a reference",
			base + "    Thing: {allOf: [{$ref: '#/components/schemas/Base'}]}",
			base + "    Thing: {allOf: [{$ref: '#/components/schemas/Base'}, {required: [id]}]}",
			[]string{"breaking request-property-became-required 'id'"},
			[]string{"info response-property-became-required 'id'"},
		},
		{
			"no longer required",
			base + "    Thing: {allOf: [{$ref: '#/components/schemas/Base'}, {required: [id]}]}",
			base + "    Thing: {allOf: [{$ref: '#/components/schemas/Base'}]}",
			[]string{"info request-property-became-optional 'id'"},
			[]string{"breaking response-property-became-optional 'id'"},
		},
		{
			"required two levels deep",
			base + "    Mid: {allOf: [{$ref: '#/components/schemas/Base'}]}\n    Thing: {allOf: [{$ref: '#/components/schemas/Mid'}]}",
			base + "    Mid: {allOf: [{$ref: '#/components/schemas/Base'}, {allOf: [{required: [n]}]}]}\n    Thing: {allOf: [{$ref: '#/components/schemas/Mid'}]}",
			[]string{"breaking request-property-became-required 'n'"},
			[]string{"info response-property-became-required 'n'"},
		},
		{
			"required of a property within a property",
			base + "    Thing: {type: object, properties: {list: {type: array, items: {allOf: [{$ref: '#/components/schemas/Base'}]}}}}",
			base + "    Thing: {type: object, properties: {list: {type: array, items: {allOf: [{$ref: '#/components/schemas/Base'}, {required: [id]}]}}}}",
			[]string{"breaking request-property-became-required 'list/items/id'"},
			[]string{"info response-property-became-required 'list/items/id'"},
		},
		{
			"type narrowed by another part",
			base + "    Thing: {allOf: [{$ref: '#/components/schemas/Base'}]}",
			base + "    Thing: {allOf: [{$ref: '#/components/schemas/Base'}, {properties: {n: {type: integer}}}]}",
			[]string{"breaking request-property-type-changed 'n'"},
			[]string{"info response-property-type-specialized 'n'"},
		},
		{
			"enum narrowed by another part",
			base + "    Thing: {allOf: [{$ref: '#/components/schemas/Base'}]}",
			base + "    Thing: {allOf: [{$ref: '#/components/schemas/Base'}, {properties: {kind: {enum: [a, b]}}}]}",
			[]string{"breaking request-property-enum-value-removed 'c'"},
			[]string{"info response-property-enum-value-removed 'c'"},
		},
		{
			"length bounded by another part",
			base + "    Thing: {allOf: [{$ref: '#/components/schemas/Base'}]}",
			base + "    Thing: {allOf: [{$ref: '#/components/schemas/Base'}, {properties: {id: {maxLength: 9}}}]}",
			[]string{"breaking request-property-max-length-set '9'"},
			[]string{"info response-property-max-length-set '9'"},
		},
		{
			"the same in other words",
			base + "    Thing: {type: object, required: [id], properties: {id: {type: string}, n: {type: number}, kind: {type: string, enum: [a, b, c]}}}",
			base + "    Thing: {allOf: [{$ref: '#/components/schemas/Base'}, {required: [id]}]}",
			nil, nil,
		},
		{
			"a list of parts that repeats itself",
			base + "    Node: {type: object, properties: {next: {$ref: '#/components/schemas/Node'}}}\n" +
				"    Other: {type: object, properties: {next: {$ref: '#/components/schemas/Other'}}}\n" +
				"    Thing: {allOf: [{$ref: '#/components/schemas/Node'}, {$ref: '#/components/schemas/Other'}]}",
			base + "    Node: {type: object, properties: {next: {$ref: '#/components/schemas/Node'}}}\n" +
				"    Other: {type: object, required: [next], properties: {next: {$ref: '#/components/schemas/Other'}}}\n" +
				"    Thing: {allOf: [{$ref: '#/components/schemas/Node'}, {$ref: '#/components/schemas/Other'}]}",
			[]string{"breaking request-property-became-required 'next'", "breaking request-property-became-required 'next/next'"},
			[]string{"info response-property-became-required 'next'", "info response-property-became-required 'next/next'"},
		},
		{
			"a part that refers to the whole",
			base + "    Thing: {allOf: [{$ref: '#/components/schemas/Thing'}, {$ref: '#/components/schemas/Base'}]}",
			base + "    Thing: {required: [id], allOf: [{$ref: '#/components/schemas/Thing'}, {$ref: '#/components/schemas/Base'}]}",
			[]string{"breaking request-property-became-required 'id'"},
			[]string{"info response-property-became-required 'id'"},
		},
		{
			"parts that contradict each other",
			base + "    Thing: {allOf: [{$ref: '#/components/schemas/Base'}, {type: object, properties: {id: {type: integer, enum: [1]}, x: {type: string}}}]}",
			base + "    Thing: {allOf: [{$ref: '#/components/schemas/Base'}, {type: object, required: [x], properties: {id: {type: integer, enum: [1]}, x: {type: string}}}]}",
			[]string{"breaking request-property-became-required 'x'"},
			[]string{"info response-property-became-required 'x'"},
		},
	}
	for _, tt := range tests {
		for _, side := range []string{"request", "response"} {
			t.Run(tt.name+"/"+side, func(t *testing.T) {
				place, want := [2]string{"REQUEST", "RESPONSE"}, tt.request
				if side == "response" {
					place, want = [2]string{"RESPONSE", "REQUEST"}, tt.responses
				}
				document := func(schemas string) string {
					return strings.NewReplacer(place[0], "{$ref: '#/components/schemas/Thing'}", place[1], "{type: string}", "SCHEMAS", schemas).Replace(combined)
				}
				changes := changesOf(t, document(tt.from), document(tt.to))
				if len(changes) != len(want) {
					t.Errorf("%d changes, want %d: %+v", len(changes), len(want), changes)
				}
				for _, w := range want {
					isWanted := func(c diff.Change) bool {
						id, text, _ := strings.Cut(strings.TrimPrefix(w, string(c.Level)+" "), " ")
						return strings.HasPrefix(w, string(c.Level)+" ") && c.ID == id && strings.Contains(strings.ReplaceAll(c.Text, "`", "'"), text) && c.Path == "/things"
					}
					if !slices.ContainsFunc(changes, isWanted) {
						t.Errorf("no %q among %+v", w, changes)
					}
				}
			})
		}
	}
}

// What allOf combines is never a reason to fail or to drop another change.
func TestAllOfKeepsChanges(t *testing.T) {
	parts := []string{
		"{enum: [{a: 1}, {b: 2}]}", "{enum: [{a: 1}]}", "{const: 1}", "{const: 2}", "{type: string}", "{type: [integer, 'null']}",
		"{format: uuid}", "{format: date}", "{pattern: '^a'}", "{pattern: 'b$'}", "{multipleOf: 2}", "{multipleOf: 3}",
		"{oneOf: [{type: string}, {type: integer}]}", "{oneOf: [{minLength: 1}, {minimum: 2}]}", "{anyOf: [{type: string}]}", "{not: {type: string}}",
		"{if: {required: [a]}, then: {required: [b]}}", "{if: {required: [c]}, else: {required: [d]}}",
		"{contains: {type: string}}", "{contains: {type: integer}, minContains: 2}", "{prefixItems: [{type: string}], items: {type: integer}}",
		"{items: {type: string}}", "{unevaluatedProperties: false}", "{additionalProperties: false, properties: {a: {}}}",
		"{additionalProperties: {type: string}, properties: {q: {type: integer}}}", "{patternProperties: {'^x': {type: string}}}",
		"{dependentRequired: {a: [b]}}", "{dependentRequired: {a: [c]}}", "{dependentSchemas: {a: {required: [b]}}}", "true", "false",
		"{exclusiveMinimum: 1}", "{minimum: 1}", "{$ref: '#/components/schemas/Thing'}", "{properties: {t: {$ref: '#/components/schemas/Thing'}}}",
	}
	for i, p := range parts {
		for _, q := range parts[i:] {
			document := func(required string) string {
				thing := fmt.Sprintf("    Thing: {allOf: [%s, %s, {type: object, properties: {z: {type: string}}%s}]}", p, q, required)
				return strings.NewReplacer("REQUEST", "{$ref: '#/components/schemas/Thing'}", "RESPONSE", "{type: string}", "SCHEMAS", thing).Replace(combined)
			}
			found := false
			for _, c := range changesOf(t, document(""), document(", required: [z]")) {
				found = found || c.ID == "request-property-became-required" && strings.Contains(c.Text, "`z`")
			}
			if !found {
				t.Errorf("%s and %s: the change of z is lost", p, q)
			}
			if p != q {
				continue
			}
			if again := changesOf(t, document(""), document("")); len(again) > 0 {
				t.Errorf("%s and %s: changes of the same document: %+v", p, q, again)
			}
		}
	}
}
