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

// TestVersions has documents that some versions allow and others do not.
func TestVersions(t *testing.T) {
	for _, tt := range []struct{ versions, text, want string }{ // want is the rule, "" if they are valid
		{"3.1 3.2", "components: {schemas: {A: {kind: x, $ref: '#/components/schemas/B', other: 1}, B: {}}}", ""},
		{"3.1 3.2", "components: {schemas: {A: {$id: 'https://a.test/a', items: {$ref: '#/$defs/B'}, $defs: {B: {}}}}}", ""},
		{"3.0 3.1 3.2", "components: {examples: {a: {summary: none}}}", ""},
		{"3.2", "components: {mediaTypes: {a: {description: d}}}", ""},
		{"3.2", "components: {mediaTypes: {a: {encoding: {}, itemEncoding: {}}}}", "members-exclusive"},
		{"3.2", "components: {mediaTypes: {a: {encoding: {a: {encoding: {}, prefixEncoding: []}}}}}", "members-exclusive"},
		{"3.2", "components: {pathItems: {a: {parameters: [" + whole + "], get: {parameters: [{$ref: '#/components/parameters/q'}]}}}, parameters: {q: {name: q, in: query, schema: {}}}}", "members-exclusive"},
		{"3.2", "components: {pathItems: {a: {parameters: [" + whole + ", " + strings.Replace(whole, "w", "v", 1) + "]}}}", "members-exclusive"},
		{"3.2", "components: {pathItems: {a: {parameters: [" + whole + "], get: {parameters: [" + whole + "]}}}}", ""},
		{"3.0 3.1 3.2", "components: {responses: {a: {description: d, headers: {'A=': {schema: {}}}}}}", "key-invalid"},
		{"3.0 3.1 3.2", "components: {parameters: {a: {name: 'A[b]', in: header, schema: {}}}}", "key-invalid"},
		{"3.1", "components: {parameters: {a: {name: a, in: header, allowReserved: true, schema: {}}}}", "member-unknown"},
		{"3.1", "components: {parameters: {a: {name: a, in: path, required: true, allowReserved: true, schema: {}}}}", "member-unknown"},
		{"3.0 3.2", "components: {parameters: {a: {name: a, in: cookie, allowReserved: true, schema: {}}}}", ""},
		{"3.2", "components: {parameters: {a: {name: a, in: cookie, style: cookie, allowReserved: true, schema: {}}}}", "members-exclusive"},
		{"3.0", "servers: [{url: '/{a}', variables: {a: {default: b, enum: [c]}}}]", "server-default-unlisted"},
		{"3.1 3.2", "servers: [{url: '/{a}', variables: {a: {default: b, enum: [c]}}}]\ncomponents: {}", "value-unknown"},
		{"3.0 3.1 3.2", "components: {schemas: {A: {discriminator: {propertyName: a, mapping: {b: B}}}}}", "reference-unresolved"},
		{"3.0 3.1 3.2", "components: {schemas: {A: {discriminator: {propertyName: a, mapping: {b: A, c: c.json, d: '#/components/schemas/A'}}}}}", ""},
	} {
		for version := range strings.FieldsSeq(tt.versions) {
			text := "openapi: " + version + ".0\ninfo: {title: T, version: '1'}\npaths: {}\n" + tt.text
			r := openapitest.Must(lint.Check(t.Context(), []byte(text), lint.Config{}))
			var got []string
			for _, f := range r.Findings {
				if rule := f.Rule; f.Severity == lint.Error || rule == tt.want {
					got = append(got, rule)
				}
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("%s %s: %q, want %q", version, tt.text, got, tt.want)
			}
		}
	}
}

const whole = "{name: w, in: querystring, content: {application/json: {}}}"
