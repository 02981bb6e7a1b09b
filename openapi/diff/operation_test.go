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

// sides is a document with a payload of each kind. SERVERS, SCHEMA and CALLBACK are what changes.
const sides = `openapi: 3.1.0
info: {title: t, version: "1"}
servers: SERVERS
paths:
  /users/{id}:
    post:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}, {name: by, in: query, style: deepObject, schema: QUERY}]
      requestBody: {content: {application/json: {schema: REQUEST}}}
      responses: {"200": {description: ok, content: {application/json: {schema: RESPONSE}}}}
      callbacks: {done: {"CALLBACK": {post: {requestBody: {content: {application/json: {schema: CALLED}}}, responses: {"200": {description: ok}}}}}}
webhooks:
  paid:
    post:
      parameters: [{name: X-Signature, in: header, required: true, schema: {type: string}}, {name: X-Trace, in: header, schema: {type: string}}]
      requestBody: {content: {application/json: {schema: SENT}}}
      responses: {"200": {description: ok, content: {application/json: {schema: ANSWERED}}}}
`

// TestSides changes one payload. A webhook and a callback are sent by the server, and answered by
// the client.
func TestSides(t *testing.T) {
	load := func(place, schema string) *openapi3.T {
		t.Helper()
		text := strings.ReplaceAll(sides, place, schema)
		for _, rest := range []string{"SERVERS", "QUERY", "REQUEST", "RESPONSE", "CALLED", "SENT", "ANSWERED"} {
			text = strings.ReplaceAll(text, rest, map[bool]string{true: "[]", false: "{type: object}"}[rest == "SERVERS"])
		}
		return openapitest.Must(openapi.Load([]byte(strings.ReplaceAll(text, "CALLBACK", "{$request.body#/url}"))))
	}
	const (
		both     = "{type: object, required: [a], properties: {a: {type: string}, b: {type: string}}}"
		optional = "{type: object, properties: {a: {type: string}, b: {type: string}}}"
		without  = "{type: object, properties: {b: {type: string}}}"
		withoutB = "{type: object, required: [a], properties: {a: {type: string}}}"
		open     = "{type: object, properties: {n: {type: object, properties: {x: {}}}}}"
		closed   = "{type: object, properties: {n: {type: object, properties: {x: {}}, additionalProperties: false}}}"
		texts    = "{type: object, properties: {n: {type: object, properties: {x: {}}, additionalProperties: {type: string}}}}"
		few      = "{type: object, properties: {n: {type: string, enum: [a]}}}"
		many     = "{type: object, properties: {n: {type: string, enum: [a, b, c]}}}"
		done     = "POST callback done of POST /users/{id} ({$request.body#/url}) "
	)
	for _, tt := range []struct{ place, from, to, want string }{
		{"REQUEST", both, without, "warning POST /users/{id} request-property-removed"},
		{"RESPONSE", both, without, "breaking POST /users/{id} response-required-property-removed"},
		{"SENT", both, without, "breaking POST webhook:paid request-property-removed"},
		{"SENT", both, withoutB, "info POST webhook:paid request-property-removed"},
		{"SENT", without, both, "info POST webhook:paid new-required-request-property"},
		{"SENT", both, optional, "breaking POST webhook:paid request-property-became-optional"},
		{"SENT", optional, both, "info POST webhook:paid request-property-became-required"},
		{"ANSWERED", optional, both, "breaking POST webhook:paid response-property-became-required"},
		{"ANSWERED", both, optional, "info POST webhook:paid response-property-became-optional"},
		{"[{name: X-Signature, in: header, required: true, schema: {type: string}}, ", "[{name: X-Signature, in: header, required: true, schema: {type: string}}, ", "[",
			"breaking POST webhook:paid request-parameter-removed"},
		{", {name: X-Trace, in: header, schema: {type: string}}", ", {name: X-Trace, in: header, schema: {type: string}}", "", "info POST webhook:paid request-parameter-removed"},
		{"CALLED", both, without, "breaking " + done + "request-property-removed"},
		{"CALLED", without, both, "info " + done + "new-required-request-property"},
		{"CALLBACK", "{$request.body#/url}", "{$request.body#/hook}", "breaking  webhook-removed, info  webhook-added"},
		{"REQUEST", open, closed, "breaking POST /users/{id} request-additional-properties-narrowed"},
		{"REQUEST", open, texts, "breaking POST /users/{id} request-additional-properties-narrowed"},
		{"REQUEST", texts, closed, "breaking POST /users/{id} request-additional-properties-narrowed"},
		{"REQUEST", closed, texts, ""},
		{"REQUEST", "{allOf: [{properties: {a: {}}}, {properties: {b: {}}}]}", "{allOf: [{properties: {a: {}}}, {properties: {b: {}}, additionalProperties: false}]}",
			"breaking POST /users/{id} request-additional-properties-narrowed"},
		{"QUERY", open, closed, "breaking POST /users/{id} request-additional-properties-narrowed"},
		{"RESPONSE", open, closed, ""},
		{"SENT", open, closed, ""},
		{"ANSWERED", open, closed, "breaking POST webhook:paid request-additional-properties-narrowed"},
		{"RESPONSE", few, many, "warning POST /users/{id} response-property-enum-value-added, warning POST /users/{id} response-property-enum-value-added"},
		{"SENT", few, many, "warning POST webhook:paid request-property-enum-value-added, warning POST webhook:paid request-property-enum-value-added"},
		{"SERVERS", "[{url: https://a.example/v1}]", "[{url: https://a.example/v2}]", "breaking  api-server-path-removed"},
		{"SERVERS", "[{url: https://a.example/v1}]", "[{url: https://b.example/v1/}]", ""},
		{"SERVERS", "[{url: https://a.example/v1}]", "[{url: https://a.example/v2}, {url: /v1}]", ""},
		{"SERVERS", "[{url: 'https://a.example/{v}', variables: {v: {default: v1, enum: [v1, v2]}}}]",
			"[{url: 'https://a.example/{v}', variables: {v: {default: v2, enum: [v2, v3]}}}]", "breaking  api-server-path-removed"},
		{"SERVERS", "[]", "[{url: https://a.example/v1}]", ""},
	} {
		t.Run(tt.place+" "+tt.from+" "+tt.to, func(t *testing.T) {
			changes := openapitest.Must(diff.Options{}.Documents(load(tt.place, tt.from), load(tt.place, tt.to)))
			var got []string
			for _, c := range changes {
				got = append(got, fmt.Sprintf("%s %s %s", c.Level, strings.TrimSpace(c.Method+" "+c.Path), c.ID))
			}
			if strings.Join(got, ", ") != tt.want {
				t.Errorf("got  %s\nwant %s\n%+v", strings.Join(got, ", "), tt.want, changes)
			}
			strict, err := diff.Options{Strict: true}.Documents(load(tt.place, tt.from), load(tt.place, tt.to))
			isEnum := strings.Contains(tt.want, "-enum-value-added")
			if breaks := slices.ContainsFunc(strict, func(c diff.Change) bool { return c.Level == diff.Breaking }); err != nil ||
				breaks != (isEnum || strings.Contains(tt.want, "breaking")) {
				t.Errorf("strict: %v, %v", strict, err)
			}
		})
	}
}

// TestGroups changes a schema that operations share, through another and in different places.
func TestGroups(t *testing.T) {
	load := func(kinds, price, header string) *openapi3.T {
		t.Helper()
		var b strings.Builder
		b.WriteString("openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n")
		for i := range 4 {
			fmt.Fprintf(&b, `  /a%d:
    get: {parameters: [%s], responses: {"200": {description: ok, content: {application/json: {schema: {type: object, properties: {items: {type: array, items: {$ref: "#/components/schemas/Item"}}}}}}}}}
    post: {requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}}, responses: {"201": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}}}}
`, i, header)
		}
		fmt.Fprintf(&b, `components:
  schemas:
    Kind: {type: string, enum: [%s]}
    Item: {type: object, properties: {kind: {$ref: "#/components/schemas/Kind"}, other: {$ref: "#/components/schemas/Kind"}, price: {type: %s}, own: {type: string, enum: [x, %s]}}}
`, kinds, price, kinds)
		return openapitest.Must(openapi.Load([]byte(b.String())))
	}
	changes := openapitest.Must(diff.Options{}.Documents(load("a, b", "integer", "{name: X, in: header, schema: {type: string}}"), load("a, c, d", "string", "")))
	var got strings.Builder
	count := 0
	for _, g := range diff.Groups(changes) {
		fmt.Fprintf(&got, "%s %s [%s] %d: %s\n    %s\n", g.Level, g.ID, g.Schema, g.Count, g.Text, g.Place(2))
		count += g.Count
	}
	want := strings.NewReplacer("GETS", "4 operations: GET /a0, GET /a1 and 2 more", "POSTS", "4 operations: POST /a0, POST /a1 and 2 more",
		"ALL", "8 operations: GET /a0, POST /a0 and 6 more", "~", "`").Replace(`breaking request-property-enum-value-removed [Kind] 4: ~Kind~ loses a value: ~b~
    POSTS
breaking request-property-enum-value-removed [Item] 4: ~own~ of ~Item~ loses a value: ~b~
    POSTS
breaking request-property-type-changed [Item] 4: ~Item~: the ~price~ request property ~type~ changed from ~integer~ to ~string~
    POSTS
breaking response-property-type-changed [Item] 8: ~Item~: the ~price~ response's property ~type~ changed from ~integer~ to ~string~ for status ~201~
    ALL
warning request-parameter-removed [] 4: deleted the ~header~ request parameter ~X~
    GETS
warning response-property-enum-value-added [Kind] 16: ~Kind~ gains 2 values: ~c~, ~d~
    ALL
warning response-property-enum-value-added [Item] 16: ~own~ of ~Item~ gains 2 values: ~c~, ~d~
    ALL
info request-property-enum-value-added [Kind] 8: ~Kind~ gains 2 values: ~c~, ~d~
    POSTS
info request-property-enum-value-added [Item] 8: ~own~ of ~Item~ gains 2 values: ~c~, ~d~
    POSTS
info response-property-enum-value-removed [Kind] 8: ~Kind~ loses a value: ~b~
    ALL
info response-property-enum-value-removed [Item] 8: ~own~ of ~Item~ loses a value: ~b~
    ALL
`)
	if got.String() != want || count != len(changes) {
		t.Errorf("%d of %d changes\ngot\n%s\nwant\n%s", count, len(changes), got.String(), want)
	}
}
