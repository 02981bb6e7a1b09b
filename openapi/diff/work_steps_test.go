package diff

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"

	"github.com/spectap/spectap/openapi"
)

func loadMembers(t *testing.T, members string) *openapi3.T {
	t.Helper()
	doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},` + members + `}`))
	if err != nil {
		t.Fatalf("%v: %s", err, members)
	}
	return doc
}

// placesOf returns the members of documents that have a schema in each place in which oasdiff
// compares it.
func placesOf(schema string) map[string]string {
	const ok = `"responses":{"200":{"description":"ok"}}`
	media := `{"application/json":{"schema":` + schema + `}}`
	parameter := `{"name":"p","in":"query","schema":` + schema + `}`
	operation := `{"requestBody":{"content":` + media + `},` + ok + `}`
	callback := `{"{$request.query.u}":{"post":` + operation + `}}`
	header := `{"X-A":{"schema":` + schema + `}}`
	places := map[string]string{
		"component schema":    `"components":{"schemas":{"A":` + schema + `}}`,
		"component header":    `"components":{"headers":` + header + `}`,
		"component callback":  `"components":{"callbacks":{"c":` + callback + `}}`,
		"component parameter": `"components":{"parameters":{"p":` + parameter + `}}`,
		"component body":      `"components":{"requestBodies":{"b":{"content":` + media + `}}}`,
		"component response":  `"components":{"responses":{"r":{"description":"r","content":` + media + `}}}`,
		"webhook":             `"webhooks":{"w":{"post":` + operation + `}}`,
	}
	for name, members := range map[string]string{
		"parameter of a path":         `"parameters":[` + parameter + `],"get":{` + ok + `}`,
		"parameter":                   `"get":{"parameters":[` + parameter + `],` + ok + `}`,
		"parameter with a media type": `"get":{"parameters":[{"name":"p","in":"query","content":` + media + `}],` + ok + `}`,
		"request":                     `"post":` + operation,
		"response":                    `"get":{"responses":{"200":{"description":"ok","content":` + media + `}}}`,
		"response of items":           `"get":{"responses":{"200":{"description":"ok","content":{"application/jsonl":{"itemSchema":` + schema + `}}}}}`,
		"response header":             `"get":{"responses":{"200":{"description":"ok","headers":` + header + `}}}`,
		"header with a media type":    `"get":{"responses":{"200":{"description":"ok","headers":{"X-A":{"content":` + media + `}}}}}`,
		"callback":                    `"get":{"callbacks":{"c":` + callback + `},` + ok + `}`,
		"encoding": `"post":{"requestBody":{"content":{"multipart/form-data":{"schema":{"properties":{"a":{}}},"encoding":{"a":{"headers":` +
			header + `}}}}},` + ok + `}`,
	} {
		places[name] = `"paths":{"/a":{` + members + `}}`
	}
	for _, keyword := range []string{
		"items", "not", "contains", "propertyNames", "if", "then", "else", "contentSchema", "additionalProperties", "unevaluatedItems",
		"unevaluatedProperties",
	} {
		places[keyword] = `"components":{"schemas":{"A":{"` + keyword + `":` + schema + `}}}`
	}
	for _, keyword := range []string{"properties", "patternProperties", "dependentSchemas", "$defs"} {
		places[keyword] = `"components":{"schemas":{"A":{"` + keyword + `":{"a":` + schema + `}}}}`
	}
	for _, keyword := range []string{"prefixItems", "oneOf", "anyOf", "allOf"} {
		places[keyword] = `"components":{"schemas":{"A":{"` + keyword + `":[` + schema + `]}}}`
	}
	return places
}

// steps returns the steps of the comparison of two documents.
func steps(t *testing.T, a, b string) int {
	t.Helper()
	w := newWork(tooMany)
	w.documents(loadMembers(t, a), loadMembers(t, b))
	return w.steps
}

// TestWorkInEveryPlace checks that a schema counts wherever it stands: each of ten levels below it
// adds at least the steps of a pair.
func TestWorkInEveryPlace(t *testing.T) {
	const levels = 10
	deep := placesOf(strings.Repeat(`{"properties":{"a":`, levels) + `{}` + strings.Repeat(`}}`, levels))
	for name, flat := range placesOf(`{}`) {
		if n := steps(t, deep[name], deep[name]) - steps(t, flat, flat); n < levels*(pairCost+walkCost) || n > levels*(pairCost+10*walkCost) {
			t.Errorf("%s: %d steps for %d levels", name, n, levels)
		}
		for a, b := range map[string]string{deep[name]: flat, flat: deep[name]} {
			if n := steps(t, a, b) - steps(t, flat, flat); n > 3*pairCost { // there is nothing to compare the levels with
				t.Errorf("%s: %d steps for the levels of one document", name, n)
			}
		}
	}
}

// TestSteps holds the steps of small comparisons. Whoever changes how they are counted compares the
// time of the documents of TestWork, and of those in docs/threats.md, with what is counted for them.
func TestSteps(t *testing.T) {
	schemas := func(s string) string { return `"components":{"schemas":{` + s + `}}` }
	paths := func(s string) string { return `"paths":{` + s + `}` }
	const ok = `"responses":{"200":{"description":"x"}}`
	const pair = 1 + pairCost + 1 + walkCost + walkCost // of a schema that stands for itself
	for _, tt := range []struct {
		name, a, b string
		want       int
	}{
		{"nothing", paths(""), paths(""), 0},
		{"a schema", schemas(`"A":{}`), schemas(`"A":{"type":"string"}`), pair},
		{"two schemas", schemas(`"A":{},"B":{"title":"b"}`), schemas(`"A":{},"B":{"title":"b"}`), 2 * pair},
		{"a schema that is new", schemas(`"A":{}`), schemas(`"A":{},"B":{}`), pair},
		{"properties", schemas(`"A":{"properties":{"a":{},"b":{}}}`), schemas(`"A":{"properties":{"b":{},"c":{}}}`),
			pair + 4 + pairCost + 1 + 2*walkCost},
		{"a schema in two places", schemas(`"A":{"$ref":"#/components/schemas/C"},"B":{"$ref":"#/components/schemas/C"},"C":{}`),
			schemas(`"A":{"$ref":"#/components/schemas/C"},"B":{"$ref":"#/components/schemas/C"},"C":{}`), pair + 2*2},
		{"a path", paths(`"/a":{"get":{` + ok + `}}`), paths(`"/a":{"get":{` + ok + `}}`), 1 + walkCost + walkCost},
		{"another method", paths(`"/a":{"get":{` + ok + `}}`), paths(`"/a":{"post":{` + ok + `}}`), 1 + walkCost},
		{"another status", paths(`"/a":{"get":{` + ok + `}}`), paths(`"/a":{"get":{"responses":{"201":{"description":"x"}}}}`), 1 + walkCost},
		{"a renamed parameter", paths(`"/a/{x}":{"get":{` + ok + `}}`), paths(`"/a/{y}":{"get":{` + ok + `}}`), 1 + 2*renamedCost + 2*walkCost},
		{"other paths", paths(`"/a":{},"/b":{}`), paths(`"/c":{},"/d":{},"/e":{}`), 2*(1+3*renamedCost) + 3*2*renamedCost},
		{"parameters", paths(`"/a":{"get":{"parameters":[{"name":"p","in":"query"},{"name":"q","in":"query"},{"name":"p","in":"header"}],` + ok + `}}`),
			paths(`"/a":{"get":{"parameters":[{"name":"p","in":"query"},{"name":"q","in":"cookie"}],` + ok + `}}`), 1 + 2*walkCost + 3 + walkCost + 1},
		{"headers", `"components":{"headers":{"A":{},"B":{}}}`, `"components":{"headers":{"A":{},"C":{}}}`, 4 + walkCost + 1},
		{"media types", `"components":{"requestBodies":{"b":{"content":{"text/a":{},"text/b":{},"text/c":{}}}}}`,
			`"components":{"requestBodies":{"b":{"content":{"text/a":{},"text/d":{}}}}}`, walkCost + 5 + walkCost + 2 + 2*renamedCost},
		{"a media type with a suffix", `"components":{"requestBodies":{"b":{"content":{"application/a+json":{}}}}}`,
			`"components":{"requestBodies":{"b":{"content":{"application/json":{}}}}}`, walkCost + 2 + renamedCost + walkCost + 2},
		{"examples", `"components":{"parameters":{"p":{"name":"p","in":"query","examples":{"a":{"value":1},"b":{"value":2}},"schema":{}}}}`,
			`"components":{"parameters":{"p":{"name":"p","in":"query","schema":{}}}}`, walkCost + 2 + pair},
		{"links", `"components":{"responses":{"r":{"description":"r","links":{"a":{"operationId":"x"},"b":{"operationId":"x"}}}}}`,
			`"components":{"responses":{"r":{"description":"r"}}}`, walkCost + 2},
		{"a callback", `"components":{"callbacks":{"c":{"{$url}":{}}}}`, `"components":{"callbacks":{"c":{"{$url}":{}},"d":{}}}`, pairCost + 1},
		{"a callback within itself beside another one", `"components":{"callbacks":{"c":{"{$url}":{"post":{"callbacks":{"c":{"$ref":"#/components/callbacks/c"},` +
			`"d":{"$ref":"#/components/callbacks/d"}},` + ok + `}}},"d":{"{$url}":{}}}}`,
			`"components":{"callbacks":{"c":{"{$url}":{"post":{"callbacks":{"c":{"$ref":"#/components/callbacks/c"},` +
				`"d":{"$ref":"#/components/callbacks/d"}},` + ok + `}}},"d":{"{$url}":{}}}}`, 4*pairCost + 1 + 2*walkCost + 1 + 1},
		{"alternatives by name beside one without", schemas(`"A":{"anyOf":[{"$ref":"#/components/schemas/B"},{"type":"string"}]},"B":{}`),
			schemas(`"A":{"anyOf":[{"$ref":"#/components/schemas/B"},{"type":"string"}]},"B":{}`), 5*pairCost + 250},
		{"a name that recurs among alternatives", schemas(`"A":{"anyOf":[{"$ref":"#/components/schemas/B"},{"$ref":"#/components/schemas/B"},{"title":"a"}]},"B":{}`),
			schemas(`"A":{"anyOf":[{"$ref":"#/components/schemas/B"},{"$ref":"#/components/schemas/B"},{"title":"b"}]},"B":{}`), 5*pairCost + 256},
		{"alternatives by name", schemas(`"A":{"oneOf":[{"$ref":"#/components/schemas/B"}]},"B":{}`),
			schemas(`"A":{"oneOf":[{"$ref":"#/components/schemas/B"}]},"B":{}`), 4*pairCost + 166},
		{"alternatives without names", schemas(`"A":{"oneOf":[{"type":"string"},{"type":"number"}]}`), schemas(`"A":{"oneOf":[{"title":"a"}]}`), 6*pairCost + 246},
		{"alternatives of both kinds", schemas(`"A":{"anyOf":[{"$ref":"#/components/schemas/B"},{}]},"B":{}`),
			schemas(`"A":{"anyOf":[{"type":"string"},{"$ref":"#/components/schemas/C"}]},"C":{}`), 3*pairCost + 250},
		{"a schema that becomes an alternative", schemas(`"A":{"type":"string"}`), schemas(`"A":{"oneOf":[{"type":"string"},{"type":"null"}]}`), 3*pairCost + 245},
		{"a schema that becomes other alternatives", schemas(`"A":{"type":"string"}`), schemas(`"A":{"oneOf":[{"type":"number"},{"type":"null"}]}`), 3*pairCost + 246},
		{"an object that becomes an alternative", schemas(`"A":{"properties":{"a":{"properties":{"b":{"type":"string"}}}}}`),
			schemas(`"A":{"oneOf":[{"properties":{"a":{"properties":{"b":{"type":"number"}}}}},{"type":"null"}]}`), 5*pairCost + 416},
		{"alternatives that become a schema", schemas(`"A":{"oneOf":[{"type":"string"},{"type":"null"}]}`), schemas(`"A":{"type":"string"}`), 3*pairCost + 245},
		{"three alternatives that become a schema", schemas(`"A":{"oneOf":[{"type":"string"},{"type":"null"},{}]}`), schemas(`"A":{"type":"string"}`), 4*pairCost + 82},
		{"a schema within itself", schemas(`"A":{"properties":{"a":{"$ref":"#/components/schemas/A"}}}`),
			schemas(`"A":{"properties":{"a":{"$ref":"#/components/schemas/A"}}}`), pair + 2 + 2},
		{"a ring", schemas(`"A":{"properties":{"a":{"$ref":"#/components/schemas/B"}}},"B":{"properties":{"a":{"$ref":"#/components/schemas/A"},"b":{"$ref":"#/components/schemas/B"}}}`),
			schemas(`"A":{"properties":{"a":{"$ref":"#/components/schemas/B"}}},"B":{"properties":{"a":{"$ref":"#/components/schemas/A"},"b":{"$ref":"#/components/schemas/B"}}}`), 2*pairCost + 265},
		{"alternatives within a ring", schemas(`"A":{"properties":{"a":{"oneOf":[{"properties":{"b":{"$ref":"#/components/schemas/A"}}}]}}}`),
			schemas(`"A":{"properties":{"a":{"oneOf":[{"properties":{"b":{"$ref":"#/components/schemas/A"}}}]}}}`), 5*pairCost + 220},
	} {
		if got := steps(t, tt.a, tt.b); got != tt.want {
			t.Errorf("%s: %d steps, want %d", tt.name, got, tt.want)
		}
		n := steps(t, tt.a, tt.b)
		if err := checkWork(loadMembers(t, tt.a), loadMembers(t, tt.b), n); err != nil {
			t.Errorf("%s within its steps: %v", tt.name, err)
		}
		if err := checkWork(loadMembers(t, tt.a), loadMembers(t, tt.b), n-1); n > 0 && !errors.Is(err, ErrTooMuch) {
			t.Errorf("%s with a step less: %v", tt.name, err)
		}
	}
}

// TestLevels refuses callbacks that lie deeper within each other than the bound. It checks the bound of
// pairs of alternatives at its edge, too.
func TestLevels(t *testing.T) {
	for n, want := range map[int]error{maxLevels + 1: nil, maxLevels + 2: ErrTooMuch} {
		w := newWork(tooMany)
		var callbacks openapi3.Callbacks
		for range n {
			c := openapi3.NewCallback(openapi3.WithCallback("{$url}", &openapi3.PathItem{Post: &openapi3.Operation{Callbacks: callbacks, Responses: openapi3.NewResponses()}}))
			callbacks = openapi3.Callbacks{"c": &openapi3.CallbackRef{Value: c}}
		}
		if err := func() (err error) {
			defer catch(&err)
			w.callbackMaps(callbacks, callbacks)
			return nil
		}(); !errors.Is(err, want) {
			t.Errorf("%d callbacks: %v", n, err)
		}
	}
	for n, want := range map[int]error{maxLevels: nil, maxLevels + 1: ErrTooMuch} {
		s := &openapi3.SchemaRef{Value: &openapi3.Schema{}}
		for range n {
			s = &openapi3.SchemaRef{Value: &openapi3.Schema{Items: s}}
		}
		if err := func() (err error) {
			defer catch(&err)
			newWork(tooMany).schema(s, s)
			return nil
		}(); !errors.Is(err, want) {
			t.Errorf("%d levels of schemas: %v", n, err)
		}
	}
	doc := loadMembers(t, `"components":{"schemas":{"A":{"oneOf":[{},{"type":"string"},{"type":"null"}]}}}`)
	if err := checkAlternatives(doc, 9); err != nil {
		t.Errorf("9 pairs: %v", err)
	}
	if err := checkAlternatives(doc, 8); !errors.Is(err, ErrTooMuch) || !strings.Contains(err.Error(), "has 9 pairs") || !strings.Contains(err.Error(), "more than 8") {
		t.Errorf("9 pairs of 8: %v", err)
	}
}

// TestSameBut compares schemas without those within them.
func TestSameBut(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{`{}`, `{}`, true}, {`{"type":"string"}`, `{"type":"number"}`, false}, {`{"x-a":1}`, `{"x-a":2}`, true},
		{`{"title":"a","items":{"type":"string"}}`, `{"title":"a","items":{"type":"number"}}`, true},
		{`{"items":{}}`, `{}`, false}, {`{"not":{}}`, `{"not":{"$ref":"#/components/schemas/B"}}`, false},
		{`{"properties":{"a":{"type":"string"}}}`, `{"properties":{"a":{}}}`, true}, {`{"properties":{"a":{}}}`, `{"properties":{"b":{}}}`, false},
		{`{"patternProperties":{"a":{}}}`, `{"patternProperties":{"b":{}}}`, false}, {`{"dependentSchemas":{"a":{}}}`, `{}`, false},
		{`{"$defs":{"a":{}}}`, `{"$defs":{"a":{},"b":{}}}`, false}, {`{"$defs":{"a":{}}}`, `{"$defs":{"a":{"type":"string"}}}`, true},
		{`{"oneOf":[{"type":"string"}]}`, `{"oneOf":[{}]}`, true}, {`{"oneOf":[{}]}`, `{"oneOf":[{},{}]}`, false},
		{`{"anyOf":[{}]}`, `{"anyOf":[{"$ref":"#/components/schemas/B"}]}`, false}, {`{"allOf":[{}]}`, `{}`, false},
		{`{"prefixItems":[{}]}`, `{"prefixItems":[{},{}]}`, false}, {`{"additionalProperties":false}`, `{"additionalProperties":true}`, false},
		{`{"additionalProperties":{}}`, `{"additionalProperties":{"type":"string"}}`, true}, {`{"if":{}}`, `{"then":{}}`, false},
	} {
		get := func(s string) *openapi3.Schema {
			return loadMembers(t, `"components":{"schemas":{"A":`+s+`,"B":{}}}`).Components.Schemas["A"].Value
		}
		if got := sameBut(get(tt.a), get(tt.b)); got != tt.want {
			t.Errorf("%s and %s are the same: %t, want %t", tt.a, tt.b, got, tt.want)
		}
	}
}

// TestChangesInEveryPlace counts a schema with a changed property wherever an operation has it, and
// those of components nowhere.
func TestChangesInEveryPlace(t *testing.T) {
	want := map[string]int{
		"webhook": 4, "parameter": 4, "parameter with a media type": 5, "request": 4, "response": 4, "response of items": 4, "response header": 4,
		"header with a media type": 5,
		"callback":                 1, "encoding": 2, // the operation and the media type
	}
	as, bs := placesOf(`{"properties":{"a":{"type":"string"}}}`), placesOf(`{"properties":{"a":{"type":"number"}}}`)
	for name, a := range as {
		d, _, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(), &load.SpecInfo{Spec: loadMembers(t, a)}, &load.SpecInfo{Spec: loadMembers(t, bs[name])})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for n < 100 && checkChanges(d, n) != nil {
			n++
		}
		if n != want[name] {
			t.Errorf("%s: %d changes, want %d", name, n, want[name])
		}
	}
}

// TestChanges holds how many schemas of a response changed, at the exact bound.
func TestChanges(t *testing.T) {
	response := func(schema string) string {
		return `"paths":{"/a":{"get":{"responses":{"200":{"description":"ok","content":{"application/json":{"schema":` + schema + `}}}}}}}`
	}
	long := strings.Repeat("n", 200)
	for _, tt := range []struct {
		name, a, b string
		want       int // beside the operation and the media type
	}{
		{"none", `{}`, `{}`, -2},
		{"one", `{"type":"string"}`, `{"type":"number"}`, 1},
		{"an item", `{"items":{"type":"string"}}`, `{"items":{"type":"number"}}`, 2},
		{"properties", `{"properties":{"a":{"type":"string"},"b":{"type":"boolean"},"c":{}}}`, `{"properties":{"a":{"type":"number"},"b":{"type":"number"},"d":{}}}`, 5},
		{"a property with a long name", `{"properties":{"` + long + `":{"type":"string"}}}`, `{"properties":{"` + long + `":{"type":"number"}}}`, 5},
		{"added alternatives", `{"anyOf":[{"type":"string"}]}`, `{"anyOf":[{"type":"string"},{"type":"number"},{"type":"null"}]}`, 3},
		{"alternatives that are gone", `{"oneOf":[{"type":"string"},{"type":"number"},{"type":"null"}]}`, `{"oneOf":[{"type":"string"}]}`, 3},
	} {
		a, b := loadMembers(t, response(tt.a)), loadMembers(t, response(tt.b))
		n := -2
		for ; n < 100; n++ {
			most := limits{ofPerson.pairs, ofPerson.steps, n + 2, ofPerson.reports}
			if _, err := documents(context.Background(), a, b, &most); err == nil {
				break
			} else if !errors.Is(err, ErrTooMuch) || !strings.Contains(err.Error(), fmt.Sprintf("more than %d schemas that changed", n+2)) {
				t.Fatalf("%s: %v", tt.name, err)
			}
		}
		if n != tt.want {
			t.Errorf("%s: %d changes, want %d", tt.name, n, tt.want)
		}
	}
	c := changes{limit: 99, cost: map[*diff.SchemaDiff]int{}}
	c.content(&diff.ContentDiff{MediaTypeAdded: []string{"text/a", "text/b"}, MediaTypeDeleted: []string{"text/c"}})
	if c.n != 3 {
		t.Errorf("three media types are %d changes", c.n)
	}
}
