package filter_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/openapi/filter"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

const filterable = `openapi: 3.0.3 # the version
info: {title: t, version: "1"}
tags: [{name: a}, {name: b}]
security: [{key: []}]
paths:
  # first
  /a:
    get:
      operationId: getA
      tags: [a]
      summary: Reads A
      parameters: [{$ref: '#/components/parameters/Page'}]
      responses:
        "200":
          description: OK
          headers: {X: {$ref: '#/components/headers/X'}}
          content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}
          links: {b: {operationId: getB}, a: {operationId: getA}}
    post:
      operationId: postA
      tags: [b]
      summary: Make one
      description: Writes A
      security: [{oauth: []}]
      requestBody: {$ref: '#/components/requestBodies/A'}
      responses: {"201": {$ref: '#/components/responses/Made'}}
  /b:
    get: {operationId: getB, tags: [b], deprecated: true, responses: {"200": {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/B'}}}}}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: K}, oauth: {type: http, scheme: bearer}}
  parameters: {Page: {name: page, in: query, schema: {type: integer}}}
  headers: {X: {schema: {type: string}}}
  requestBodies: {A: {content: {application/json: {schema: {$ref: '#/components/schemas/New'}}}}}
  responses: {Made: {description: made}}
  schemas:
    A: {type: object, properties: {c: {$ref: '#/components/schemas/C'}}}
    B: {type: object}
    C: {type: object, properties: {a: {$ref: '#/components/schemas/A'}}}
    New: {oneOf: [{$ref: '#/components/schemas/C'}], discriminator: {propertyName: k, mapping: {d: D}}}
    D: {type: object}
    Circle1: {type: array, items: {$ref: '#/components/schemas/Circle2'}}
    Circle2: {type: array, items: {$ref: '#/components/schemas/Circle1'}}
`

func TestFilter(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config filter.Config
		kept   int
		has    string
		hasNot string
	}{
		{"all", filter.Config{}, 3, "getA postA getB Page X: Made New: D: oauth first version", "Circle1 Circle2"},
		{"tag", filter.Config{Tags: []string{"a"}}, 1, "getA Page X: A: C: key first links", "postA getB Made New: D: B: oauth Circle requestBodies"},
		{"id", filter.Config{IDs: []string{"getB"}}, 1, "getB B: key", "getA Page X: parameters headers links oauth"},
		{"method", filter.Config{Methods: []string{"POST"}}, 1, "postA New: D: C: A: oauth Made", "getA getB Page"},
		{"path", filter.Config{Paths: regexp.MustCompile("^/b")}, 1, "getB", "getA postA"},
		{"include", filter.Config{Include: regexp.MustCompile("(?i)reads")}, 1, "getA", "postA getB"},
		{"include by summary", filter.Config{Include: regexp.MustCompile("Make")}, 1, "postA", "getA getB"},
		{"exclude", filter.Config{Exclude: regexp.MustCompile("Writes")}, 2, "getA getB", "postA"},
		{"deprecated", filter.Config{NoDeprecated: true}, 2, "getA postA", "getB B:"},
		{"none", filter.Config{Methods: []string{"TRACE"}}, 0, "paths: {} key", "getA schemas tags"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, kept, err := filter.Document([]byte(filterable), tt.config)
			if err != nil {
				t.Fatal(err)
			}
			if kept != tt.kept {
				t.Errorf("kept %d", kept)
			}
			out := string(got)
			for _, w := range strings.Fields(strings.ReplaceAll(tt.has, "paths: {}", "")) {
				if !strings.Contains(out, w) {
					t.Errorf("no %s in\n%s", w, out)
				}
			}
			for _, w := range strings.Fields(tt.hasNot) {
				if strings.Contains(out, w) {
					t.Errorf("%s in\n%s", w, out)
				}
			}
			doc := openapitest.Must(openapi.Load(got))
			if err := doc.Validate(context.Background()); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	if _, _, err := filter.Document([]byte(filterable), filter.Config{IDs: []string{"getC"}}); err == nil {
		t.Error("an unknown operation is no error")
	}
	if _, _, err := filter.Document([]byte(filterable), filter.Config{Tags: []string{"none"}}); err == nil {
		t.Error("an unknown tag is accepted")
	}
	doc := openapitest.Must(openapi.Load([]byte(filterable)))
	if tags, n := filter.Tags(doc); n != 3 || filter.TagList(tags) != "the tags are a, b" {
		t.Errorf("%d operations, %s", n, filter.TagList(tags))
	}
}

// TestFilterLaws checks that the result is valid and has no component that nothing refers to.
func TestFilterLaws(t *testing.T) {
	for _, format := range []openapi.Format{openapi.YAML, openapi.JSON} {
		t.Run(string(format), rapid.MakeCheck(func(t *rapid.T) {
			doc := openapitest.Must(build.Document(openapitest.Document(t), build.Options{}))
			data := openapitest.Encode(t, doc, format)
			c := filter.Config{Methods: rapid.SliceOf(rapid.SampledFrom([]string{"GET", "POST"})).Draw(t, "methods")}
			out, _, err := filter.Document(data, c)
			if err != nil {
				t.Fatal(err)
			}
			left, err := openapi.Load(out)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if err := left.Validate(context.Background()); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			s := openapitest.Must(openapi.ParseTree(out))
			refs := openapi.References(s.Root)
			if left.Components != nil {
				for name := range left.Components.Schemas {
					if !refs["#/components/schemas/"+name] {
						t.Fatalf("%s is left over\n%s", name, out)
					}
				}
			}
		}))
	}
}
