package merge_test

import (
	"strings"
	"testing"
)

// TestMergeRenamesReferences checks that what is added refers to the components and operations under
// the names that these get where theirs are taken: schemas, headers, security schemes, alternatives
// and the targets of links.
func TestMergeRenamesReferences(t *testing.T) {
	const old = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},
	 "paths":{"/a":{"get":{"operationId":"read","responses":{"200":{"description":"d"}}}}},
	 "components":{"schemas":{"Ship":{"type":"string","enum":["x"]}},
	  "headers":{"Rate":{"schema":{"type":"integer"}},"Same":{"schema":{"type":"string"}}},
	  "securitySchemes":{"token":{"type":"apiKey","in":"header","name":"X-Key"}}}}`
	const inferred = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},
	 "paths":{"/b":{"get":{"operationId":"read","summary":"read","security":[{"token":[]}],"responses":{"200":{"description":"d",
	   "headers":{"Rate":{"$ref":"#/components/headers/Rate"},"Same":{"$ref":"#/components/headers/Same"}},
	   "links":{"read":{"operationId":"read"}},
	   "content":{"application/json":{"schema":{"oneOf":[{"$ref":"#/components/schemas/Ship"},{"$ref":"#/components/schemas/Boat"}],
	    "discriminator":{"propertyName":"kind","mapping":{"ship":"#/components/schemas/Ship","boat":"#/components/schemas/Boat"}}}}}}}}}},
	 "components":{"schemas":{"Ship":{"type":"object","properties":{"kind":{"type":"string"}}},"Boat":{"type":"object","properties":{"kind":{"type":"string"}}}},
	  "headers":{"Rate":{"schema":{"type":"string"}},"Same":{"schema":{"type":"string"}}},
	  "securitySchemes":{"token":{"type":"http","scheme":"bearer"}}}}`
	got, unplaced := mergeTexts(t, old, inferred)
	for keys, want := range map[string]string{
		"paths /b get operationId":                          `"read2"`,
		"paths /b get summary":                              `"read"`,
		"paths /b get security":                             `[{"token2":[]}]`,
		"paths /b get responses 200 headers Rate":           `{"$ref":"#/components/headers/Rate2"}`,
		"paths /b get responses 200 headers Same":           `{"$ref":"#/components/headers/Same"}`,
		"paths /b get responses 200 links read operationId": `"read2"`,
		"paths /b get responses 200 content application/json schema": `{"discriminator":{"mapping":{"boat":"#/components/schemas/Boat","ship":"#/components/schemas/Ship2"},"propertyName":"kind"},` +
			`"oneOf":[{"$ref":"#/components/schemas/Ship2"},{"$ref":"#/components/schemas/Boat"}]}`,
		"components headers":         `{"Rate":{"schema":{"type":"integer"}},"Rate2":{"schema":{"type":"string"}},"Same":{"schema":{"type":"string"}}}`,
		"components securitySchemes": `{"token":{"in":"header","name":"X-Key","type":"apiKey"},"token2":{"scheme":"bearer","type":"http"}}`,
		"components schemas Ship":    `{"enum":["x"],"type":"string"}`,
		"paths /a get":               `{"operationId":"read","responses":{"200":{"description":"d"}}}`,
	} {
		if g := jsonOf(at(got, strings.Fields(keys)...)); g != want {
			t.Errorf("%s: got  %s\nwant %s", keys, g, want)
		}
	}
	if len(unplaced) != 0 {
		t.Errorf("unplaced: %v", unplaced)
	}
}

// TestMergeComponentsOfNoType takes components of one name for the same if one of them has no type.
func TestMergeComponentsOfNoType(t *testing.T) {
	const typed, other = `{"type":"object","description":"mine"}`, `{"description":"mine"}`
	for _, x := range []struct{ name, old, inferred, want string }{
		{"inferred", typed, `{"description":"d"}`, `{"Ship":` + `{"description":"mine","type":"object"}` + `}`},
		{"existing", other, `{"type":"string"}`, `{"Ship":{"description":"mine"}}`},
		{"both", other, `{"description":"d"}`, `{"Ship":{"description":"mine"}}`},
		{"none", typed, `{"type":"string"}`, `{"Ship":{"description":"mine","type":"object"},"Ship2":{"type":"string"}}`},
	} {
		t.Run(x.name, func(t *testing.T) {
			document := func(path, schema string) string {
				return `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"` + path + `":{"get":{"responses":{"200":{"description":"d",
					"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Ship"}}}}}}}},"components":{"schemas":{"Ship":` + schema + `}}}`
			}
			got, _ := mergeTexts(t, document("/a", x.old), document("/b", x.inferred))
			if g := jsonOf(at(got, "components", "schemas")); g != x.want {
				t.Errorf("got  %s\nwant %s", g, x.want)
			}
		})
	}
}

// TestMergeForeignPathParameter lists a parameter of a path that does not have it.
func TestMergeForeignPathParameter(t *testing.T) {
	const head = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a/{id}":{"get":{`
	got, unplaced := mergeTexts(t, head+`"responses":{}}}}}`, head+`"parameters":[{"name":"other","in":"path","required":true}],"responses":{}}}}}`)
	if g := jsonOf(at(got, "paths", "/a/{id}", "get")); g != `{"responses":{}}` {
		t.Error(g)
	}
	if len(unplaced) != 1 || unplaced[0].What != "the parameter" || unplaced[0].Reason != "the path has no such parameter" {
		t.Errorf("unplaced %v", unplaced)
	}
}

// TestMergeNullOfOldVersion checks that version 3.0 admits null with nullable, also where a person
// said that null is not admitted.
func TestMergeNullOfOldVersion(t *testing.T) {
	for old, want := range map[string]string{
		`{"type":"string"}`:                  `{"nullable":true,"type":"string"}`,
		`{"type":"string","nullable":false}`: `{"nullable":true,"type":"string"}`,
		`{"type":"string","nullable":true}`:  `{"nullable":true,"type":"string"}`,
	} {
		got, _ := mergeTexts(t, documentOf("3.0.3", old), documentOf("3.0.3", `{"type":"string","nullable":true}`))
		if g := jsonOf(at(got, strings.Fields("paths /a get responses 200 content application/json schema")...)); g != want {
			t.Errorf("%s: got %s, want %s", old, g, want)
		}
	}
}
