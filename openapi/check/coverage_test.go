package check

import (
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

const document = `
openapi: 3.1.0
info: {title: T, version: "1"}
servers: [{url: "https://api.example"}]
paths:
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      parameters:
        - {name: expand, in: query, schema: {type: array, items: {type: string, enum: [lines, user]}}}
        - {name: X-Trace, in: header, schema: {type: string}}
        - {name: sid, in: cookie, schema: {type: string}}
        - {name: filter, in: query, style: deepObject, schema: {type: object}}
      responses:
        "200": {description: o, content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}}
        "404": {description: n}
        5XX: {description: s}
        default: {description: d}
    delete: {responses: {"204": {description: gone}}}
components:
  schemas:
    Order:
      type: object
      properties:
        status: {type: string, enum: [open, closed]}
        parent: {$ref: "#/components/schemas/Order"}
        lines: {type: array, items: {oneOf: [{type: object, properties: {kind: {enum: [a, b]}}}, {type: string}]}}
`

func TestCoverage(t *testing.T) {
	doc := openapitest.Must(openapi.Load([]byte(document)))
	c := openapitest.Must(NewCoverage(doc, false))
	get := func(query string, status int, body string, header ...flow.Field) *flow.Flow {
		return &flow.Flow{
			Request: flow.Request{Method: "GET", Scheme: "https", Authority: "api.example", Path: "/orders/7", RawQuery: query, Header: header},
			Response: &flow.Response{
				Status: status, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
				Body: flow.Body{Data: []byte(body), Size: int64(len(body))},
			},
		}
	}
	names := func() (out []string) {
		for _, m := range c.Missing() {
			out = append(out, m.Method+" "+m.Path+" "+m.Name)
		}
		return out
	}
	const op = "GET /orders/{id}"
	if got, want := names(), []string{"DELETE /orders/{id} ", op + " ", "  Order lines kind: a", "  Order lines kind: b", "  Order status: closed", "  Order status: open"}; !slices.Equal(got, want) {
		t.Errorf("without traffic %q, want %q", got, want)
	}
	c.Add(get("expand=user,lines", 200, `{"status":"open","parent":{"status":"x"},"lines":["a",{"kind":"b"}]}`))
	c.Add(get("filter[a]=1", 502, `{`, flow.Field{Name: "x-trace", Value: "1"}, flow.Field{Name: "Cookie", Value: "a=b; sid=1"}))
	other := get("", 200, "{}")
	other.Request.Authority = "other.example"
	c.Add(other)
	want := []string{"DELETE /orders/{id} ", op + " 404", op + " default", "  Order lines kind: a", "  Order status: closed"}
	if got := names(); !slices.Equal(got, want) {
		t.Errorf("missing %q, want %q", got, want)
	}
	each, all := c.Totals()
	if want := []CoverageTotal{{operations, 2, 1}, {parameters, 4, 4}, {statuses, 5, 2}, {values, 6, 4}}; !slices.Equal(each, want) || all.Percent() != 64 || c.Flows != 2 || c.Others != 1 {
		t.Errorf("totals %v, %d %%, %d flows, %d others", each, all.Percent(), c.Flows, c.Others)
	}
}
