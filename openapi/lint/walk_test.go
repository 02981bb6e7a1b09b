package lint_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi/internal/openapitest"
	"github.com/spectap/spectap/openapi/lint"
)

// TestVersion32 accepts the additions of 3.2, and reports each if the document names an older
// version.
func TestVersion32(t *testing.T) {
	const text = `
$self: https://api.example.com/openapi.yaml
info: {title: T, version: "1"}
servers: [{url: 'https://api.example.com', name: prod}]
tags: [{name: a, summary: A, kind: nav}, {name: b, parent: a}]
paths:
  /s:
    query: {operationId: q, security: [{dev: []}], responses: {'200': {description: ok}}}
    additionalOperations: {COPY: {operationId: copy, responses: {'200': {summary: copied, description: d}}}}
    get:
      parameters:
        - {name: f, in: querystring, content: {application/x-www-form-urlencoded: {schema: {type: object}}}}
      responses:
        '200':
          description: ok
          content:
            text/event-stream: {itemSchema: {type: object}, example: "data: 1"}
            multipart/mixed: {itemSchema: {type: string}, prefixEncoding: [{contentType: text/a}], itemEncoding: {contentType: text/b}}
            application/json: {$ref: '#/components/mediaTypes/M'}
    post:
      parameters: [{name: j, in: querystring, content: {application/json: {schema: {type: object}}}}]
      responses: {default: {description: d, content: {application/json: {schema: {type: object}, examples: {e: {dataValue: {}, serializedValue: '{}'}}}}}}
components:
  mediaTypes: {M: {schema: {$ref: '#/components/schemas/Pet'}}}
  securitySchemes: {dev: {type: oauth2, deprecated: true, oauth2MetadataUrl: 'https://x.example', flows: {deviceAuthorization: {deviceAuthorizationUrl: 'https://x.example/d', tokenUrl: 'https://x.example/t', scopes: {}}}}}
  schemas:
    Pet: {type: object, xml: {nodeType: element}, oneOf: [{$ref: '#/components/schemas/Cat'}], discriminator: {propertyName: kind, defaultMapping: Cat}}
    Cat: {type: object, properties: {kind: {type: string}}}
`
	for version, want := range map[string]int{"3.2.0": 0, "3.1.1": 22} {
		r := openapitest.Must(lint.Check(t.Context(), []byte("openapi: "+version+text), lint.Config{ErrorsOnly: true}))
		for _, f := range r.Findings {
			isNew := strings.HasSuffix(f.Message, "it is new in OpenAPI 3.2")
			if want == 0 || !isNew && f.Rule == "member-unknown" && !strings.Contains(f.Message, "$ref") {
				t.Errorf("%s: %d:%d %s", version, f.Line, f.Column, f.Message)
			}
		}
		if len(r.Findings) != want {
			t.Errorf("%s: %d findings", version, len(r.Findings))
		}
	}
	// Of what 3.2 defines, mistakes are found.
	for text, want := range map[string]string{
		`paths: {/a: {additionalOperations: {COPY: {responses: {'200': {descriptio: d}}}}}}`:              "COPY /a: ",
		`paths: {/a: {additionalOperations: {GET: {}}}}`:                                                  "GET",
		`paths: {/a: {get: {parameters: [{name: q, in: querystring, schema: {}}]}}}`:                      "schema",
		`tags: [{name: a, parent: 7}]`:                                                                    `"parent" must be a text`,
		`components: {securitySchemes: {s: {type: oauth2, flows: {deviceAuthorization: {tokenUrl: x}}}}}`: "deviceAuthorizationUrl",
		`components: {schemas: {A: {xml: {nodeType: node}}}}`:                                             "nodeType must be",
	} {
		r := openapitest.Must(lint.Check(t.Context(), []byte("openapi: 3.2.0\ninfo: {title: T, version: '1'}\n"+text), lint.Config{ErrorsOnly: true}))
		var b strings.Builder
		r.WriteText(&b, "f")
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s: %s, want %s", text, &b, want)
		}
	}
}
