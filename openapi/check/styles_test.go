package check_test

import (
	"testing"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// TestStyles checks values as they are written, each item by itself, and fields of forms by their
// encoding.
func TestStyles(t *testing.T) {
	doc := openapitest.Must(openapi.Load([]byte(`
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /a:
    post:
      parameters:
      - {name: names, in: query, explode: false, schema: {type: array, maxItems: 2, items: {type: string}}}
      - {name: point, in: header, schema: {type: object, properties: {x: {type: integer}}}}
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema:
              type: object
              properties:
                meta: {type: object, properties: {n: {type: integer}}}
                list: {type: array, maxItems: 2, items: {type: string}}
            encoding:
              meta: {contentType: application/json}
              list: {style: pipeDelimited}
      responses: {'200': {description: ok}}
`)))
	c := openapitest.Must(check.New(doc, check.Config{}))
	for _, tt := range []struct{ query, header, body, want string }{
		{"names=a%2Cb,c", "", "", ""},
		{"names=a,b,c", "", "", "param-value query names: has a wrong number of items"},
		{"", "point: x,1", "", ""},
		{"", "point: x", "", "param-value header point: has a name without a value"},
		{"", "", `meta={"n":1}&list=a|b`, ""},
		{"", "", `list=a|b|c`, "request-body request /list: has a wrong number of items"},
		{"", "", `meta={"n":"x"}`, "request-body request /meta/n: want integer, got string"},
		{"", "", `meta={`, "request-body request: a field is not JSON"},
	} {
		x := exchange{method: "POST", url: "http://h/a?" + tt.query, header: tt.header, body: tt.body, status: 200}
		if tt.body != "" {
			x.kind = "application/x-www-form-urlencoded"
		}
		got := ""
		for _, m := range c.Check(t.Context(), x.flow(t)).Mismatches {
			got += m.Rule + " " + m.Where + ": " + m.Message
		}
		if got != tt.want {
			t.Errorf("%s %s %s: got %q, want %q", tt.query, tt.header, tt.body, got, tt.want)
		}
	}
}
