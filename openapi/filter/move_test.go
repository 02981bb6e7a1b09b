package filter_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi/filter"
	"github.com/spectap/spectap/openapi/lint"
)

// entangled has what leads from one path into another one, and into components that nothing else
// uses: references, links, callbacks, discriminators, anchors and merge keys of YAML.
const entangled = `openapi: 3.1.0
info: {title: T, version: "1"}
x-common: &common {security: [{s: []}], tags: [b]}
paths:
  /a:
    get:
      tags: [a]
      operationId: a
      parameters: &p
        - {name: q, in: query, schema: {$ref: '#/components/schemas/Q'}}
      responses: &r
        '200':
          # the answer
          description: ok
          content:
            application/json:
              schema:
                type: object
                properties:
                  next: {$ref: '#/paths/~1a/get/responses/200/content/application~1json/schema'}
    post: {tags: [b], operationId: ap, responses: {'200': {description: ok}}}
  /b/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      <<: *common
      operationId: b
      parameters: [{$ref: '#/paths/~1a/get/parameters/0'}]
      responses:
        '200': {$ref: '#/paths/~1a/get/responses/200'}
        '201': {description: x, content: {application/json: {schema: {$ref: '#/paths/~1a/get/responses/200/content/application~1json/schema', description: d}}}}
        '202':
          description: x
          content:
            application/json:
              schema:
                oneOf: [{$ref: '#/components/schemas/Q'}, {$ref: '#/components/schemas/R'}]
                discriminator: {propertyName: k, mapping: {q: '#/components/schemas/Q', r: R, a: '#/paths/~1a/get/parameters/0/schema'}}
          links: {L: {$ref: '#/components/links/L'}, M: {$ref: '#/components/links/M'}, N: {operationRef: '#/paths/~1b~1%7Bid%7D/get'}, O: {operationId: cb}}
      callbacks: {c: {'{$request.query.url}': {post: {operationId: cb, tags: [cbtag], security: [{cbs: []}], responses: {'200': {description: ok}}}}}}
    patch: {tags: [b], operationId: bp, parameters: *p, responses: {<<: *r, '404': {description: no}}}
  /c/{id}: {$ref: '#/components/pathItems/C'}
  /d: {get: {tags: [a], responses: {'200': {description: ok}}}, put: {tags: [b], responses: {'200': {description: ok}}}}
  /e: {$ref: '#/paths/~1d'}
  /f: &f {get: {tags: [b], responses: {'200': {description: ok}}}, delete: {tags: [a], responses: {'200': {description: ok}}}}
  /g: *f
  /h: {get: {tags: [b], responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/paths/~1a/get/responses/200/content/application~1json/schema', minProperties: 1}}}}}}}
webhooks: {w: {post: {operationId: w, tags: [hook], security: [{ws: []}], responses: {'200': {description: ok}}}}}
components:
  pathItems: {C: {parameters: [{name: id, in: path, required: true, schema: {type: string}}], get: {tags: [b], responses: {'200': {description: ok}}}, delete: {tags: [a], responses: {'200': {description: ok}}}}}
  links: {L: {operationId: a}, M: {operationId: b}}
  securitySchemes: {s: {$ref: '#/components/securitySchemes/t'}, t: {type: http, scheme: bearer}, cbs: {type: http, scheme: basic}, ws: {type: http, scheme: basic}}
  schemas:
    Unused: &u {type: object, properties: {z: {$ref: '#/components/schemas/Z%2Ea/properties/z'}}}
    Q: *u
    R: {type: object, properties: {links: {}}}
    Z.a: {type: object, properties: {z: {type: string}}}
`

// TestNothingDangles filters a document whose parts refer to each other. The result has no mistake,
// and its operations mean the same as before.
func TestNothingDangles(t *testing.T) {
	for name, x := range map[string]struct {
		c      filter.Config
		kept   int
		has    string
		hasNot string
	}{
		"a":       {filter.Config{Tags: []string{"a"}}, 6, "/c/{id}: /e: /g:", "ap, links:"},
		"b":       {filter.Config{Tags: []string{"b"}}, 9, "M: N: O: cbtag s: t: cbs: ws: answer links", "L: *p Unused:"},
		"c":       {filter.Config{Paths: regexp.MustCompile("^/c")}, 2, "pathItems", "schemas Q:"},
		"e":       {filter.Config{Paths: regexp.MustCompile("^/e")}, 2, "/e: put: get:", "/d"},
		"f and g": {filter.Config{Paths: regexp.MustCompile("^/[fg]"), Methods: []string{"get"}}, 2, "*f", "delete"},
		"g":       {filter.Config{Paths: regexp.MustCompile("^/g"), Tags: []string{"b"}}, 1, "/g: get:", "*f delete"},
		"h":       {filter.Config{Paths: regexp.MustCompile("^/h")}, 1, "allOf minProperties ~1h/get", "~1a/get"},
		"patch":   {filter.Config{Methods: []string{"patch"}}, 1, "&p &r 404 ~1b~1{id}/patch", "*p"},
	} {
		t.Run(name, func(t *testing.T) {
			out, kept, err := filter.Document([]byte(entangled), x.c)
			if err != nil || kept != x.kept {
				t.Fatalf("kept %d of %d: %v", kept, x.kept, err)
			}
			r, err := lint.Check(context.Background(), out, lint.Config{ErrorsOnly: true})
			if err != nil || len(r.Findings) > 0 || r.Operations != kept {
				t.Errorf("%v: %+v", err, r)
			}
			for _, w := range strings.Fields(x.has) {
				if !strings.Contains(string(out), w) {
					t.Errorf("no %s", w)
				}
			}
			for _, w := range strings.Fields(x.hasNot) {
				if strings.Contains(string(out), " "+w+" ") {
					t.Errorf("%s is left", w)
				}
			}
			if t.Failed() {
				t.Logf("%s", out)
			}
		})
	}
}
