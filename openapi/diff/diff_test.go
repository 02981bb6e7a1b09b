package diff_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/diff"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

func TestDiff(t *testing.T) {
	a := openapitest.Must(openapi.Load([]byte(openapitest.Shop)))
	for _, tt := range []struct {
		name, from, to string
		want           []string // level, id
	}{
		{"the same", "", "", nil},
		{"described", "description: made", "description: Made", nil},
		{"operation gone", "  /pets:\n", "  /animals:\n", []string{"breaking api-path-removed-without-deprecation", "info endpoint-added"}},
		{"type", "lives: {type: integer}", "lives: {type: string}", []string{"breaking response-property-type-changed"}},
		{"parameter required", "name: limit, in: query,", "name: limit, in: query, required: true,", []string{"breaking request-parameter-became-required"}},
		{"parameter renamed in path", "/items/{id}:\n    get:\n      parameters: [{name: id", "/items/{item}:\n    get:\n      parameters: [{name: item", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := openapitest.Must(openapi.Load([]byte(strings.Replace(openapitest.Shop, tt.from, tt.to, 1))))
			changes := openapitest.Must(diff.Options{}.Documents(a, b))
			var got []string
			for _, c := range changes {
				got = append(got, string(c.Level)+" "+c.ID)
				if c.Text == "" || strings.Contains(c.Text, "\n") {
					t.Errorf("text %q", c.Text)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q: %v", got, tt.want, changes)
			}
		})
	}
}

// TestDiffNames has properties whose names look like markup, or differ far behind: each is a change
// of its own, with its name.
func TestDiffNames(t *testing.T) {
	long := strings.Repeat("n", 300)
	document := func(names ...string) *openapi3.T {
		t.Helper()
		text := "openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths:\n  /a: {get: {responses: {'200': {description: '', content: " +
			"{application/json: {schema: {type: object, properties: {id: {}"
		for _, name := range names {
			text += ", \"" + name + "\": {type: string}"
		}
		return openapitest.Must(openapi.Load([]byte(text + "}}}}}}}}")))
	}
	names := []string{"Page<Order>", "Page<User>", "[a](b)", "a\\u202eb", long + "1", long + "2"}
	changes, err := diff.Options{}.Documents(document(names...), document())
	if err != nil || len(changes) != len(names) {
		t.Errorf("%d changes, %v, want %d: %v", len(changes), err, len(names), changes)
	}
	for _, name := range names {
		name = strings.ReplaceAll(name, `\\u`, `\u`)
		if !slices.ContainsFunc(changes, func(c diff.Change) bool { return strings.Contains(c.Text, "`"+name+"`") }) {
			t.Errorf("no change names %s: %v", name, changes)
		}
	}
}

// TestBases changes what extends a base by allOf, and how a discriminator says it. A schema of a oneOf gets another name,
// as of two identical documents in oasdiff#169.
func TestBases(t *testing.T) {
	const (
		base   = "    Pet: {type: object, required: [kind], properties: {kind: {type: string}}, discriminator: {propertyName: kind%s}}\n"
		cat    = "    Cat: {allOf: [{$ref: '#/components/schemas/Pet'}, {type: object, required: [claws]}]}\n"
		null   = "    Null: {allOf: [{$ref: '#/components/schemas/Pet'}], nullable: true}\n"
		either = "    Pet: {oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}], discriminator: {propertyName: kind%s}}\n    A: {}\n    B: {}\n"
	)
	added := []string{"breaking response-body-one-of-added", "info request-body-discriminator-mapping-added",
		"info request-body-one-of-added", "info response-body-discriminator-mapping-added"}
	removed := []string{"breaking request-body-one-of-removed", "info api-schema-removed", "info request-body-discriminator-mapping-deleted",
		"info response-body-discriminator-mapping-deleted", "info response-body-one-of-removed"}
	for _, tt := range []struct {
		name, from, to string
		there, back    []string
	}{
		{"the first that extends it", fmt.Sprintf(base, ""), fmt.Sprintf(base, "") + cat, added, removed},
		{"a base that may be null", fmt.Sprintf(base, "") + cat, fmt.Sprintf(base, "") + cat + null, nil, []string{"info api-schema-removed"}},
		{"a complete mapping", fmt.Sprintf(base, "") + cat, fmt.Sprintf(base, ", mapping: {Cat: Cat}") + cat, nil, nil},
		{"another name", fmt.Sprintf(either, ""), strings.ReplaceAll(fmt.Sprintf(either, ", mapping: {A: C}"), "/A", "/C") + "    C: {}\n", nil, removed[1:2]},
		{"another name for something else", fmt.Sprintf(either, ""), strings.ReplaceAll(fmt.Sprintf(either, ""), "/A", "/C") + "    C: {required: [a]}\n",
			slices.Sorted(slices.Values(slices.Concat(added, removed[:1], removed[2:]))), slices.Sorted(slices.Values(slices.Concat(added, removed)))},
		{"names in a mapping", fmt.Sprintf(either, ", mapping: {a: A, B: B}"), fmt.Sprintf(either, ", mapping: {a: '#/components/schemas/A'}"), nil, nil},
	} {
		for i, want := range [][]string{tt.there, tt.back} {
			var docs []*openapi3.T
			for _, schemas := range [][]string{{tt.from, tt.to}, {tt.to, tt.from}}[i] {
				docs = append(docs, openapitest.Must(openapi.Load([]byte(strings.NewReplacer("REQUEST", "{$ref: '#/components/schemas/Pet'}",
					"RESPONSE", "{$ref: '#/components/schemas/Pet'}", "SCHEMAS", schemas).Replace(combined)))))
			}
			var got []string
			for _, c := range openapitest.Must(diff.Options{}.Documents(docs[0], docs[1])) {
				got = append(got, string(c.Level)+" "+c.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", tt.name, got, want)
			}
		}
	}
}
