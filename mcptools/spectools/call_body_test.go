package spectools

import (
	"compress/gzip"
	"encoding/base64"
	"io"
	"strings"
	"testing"
)

const bodies = `
openapi: 3.0.3
info: {title: Bodies, version: "1"}
paths:
  /xml: {post: {operationId: xml, requestBody: {content: {application/xml: {schema: {$ref: '#/components/schemas/Order'}}}}, responses: {"200": {description: ok}}}}
  /orders: {post: {operationId: orders, requestBody: {content: {text/xml: {schema: {$ref: '#/components/schemas/Orders'}}}}, responses: {"200": {description: ok}}}}
  /plain: {post: {operationId: plain, requestBody: {content: {application/soap+xml: {schema: {type: array, items: {type: object, properties: {n: {type: number}, at: {type: string, xml: {attribute: true, name: when}}}}}}}}, responses: {"200": {description: ok}}}}
  /texted: {post: {operationId: texted, requestBody: {content: {application/xml: {schema: {type: object, xml: {name: total}, properties: {currency: {type: string, xml: {attribute: true}}, text: {type: number, xml: {x-spectap-text: true}}, note: {type: string, nullable: true}}}}}}, responses: {"200": {description: ok}}}}
  /spaced: {post: {operationId: spaced, requestBody: {content: {application/xml: {schema: {$ref: '#/components/schemas/Spaced'}}}}, responses: {"200": {description: ok}}}}
  /text: {post: {operationId: text, requestBody: {content: {text/csv: {schema: {type: string, maxLength: 20}}}}, responses: {"200": {description: ok}}}}
  /yaml: {post: {operationId: yaml, requestBody: {content: {application/yaml: {schema: {type: object}}}}, responses: {"200": {description: ok}}}}
  /bytes: {post: {operationId: bytes, requestBody: {content: {image/png: {}}}, responses: {"200": {description: ok}}}}
  /any: {post: {operationId: any, requestBody: {content: {"*/*": {}}}, responses: {"200": {description: ok}}}}
  /coded:
    post:
      operationId: coded
      parameters: [{name: Content-Encoding, in: header, schema: {type: string, enum: [gzip, identity]}}]
      requestBody: {content: {application/json: {}}}
      responses: {"200": {description: ok}}
  /two: {post: {operationId: two, requestBody: {content: {application/json: {schema: {type: object}}, application/merge-patch+json: {schema: {type: object}}, text/plain: {}}}, responses: {"200": {description: ok}}}}
  /form:
    post:
      operationId: form
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: {type: object}
            encoding: {numbered: {style: deepObject, explode: true}, joined: {explode: false}, data: {contentType: application/json}}
      responses: {"200": {description: ok}}
components:
  schemas:
    Orders: {type: array, xml: {name: orders, namespace: "https://x.example/all"}, items: {$ref: '#/components/schemas/Order'}}
    Spaced:
      type: object
      properties:
        lang: {type: string, xml: {attribute: true, prefix: m, namespace: "https://x.example/m"}}
        list: {type: array, xml: {wrapped: true, prefix: l, namespace: "https://x.example/l"}, items: {type: integer, xml: {name: one, prefix: l}}}
        self: {$ref: '#/components/schemas/Spaced'}
        other: {type: object, additionalProperties: {type: boolean, xml: {name: flag}}}
    Order:
      type: object
      xml: {name: order, namespace: "https://x.example/o", prefix: o}
      properties:
        id: {type: integer, xml: {attribute: true}}
        note: {type: string}
        lines: {type: array, xml: {wrapped: true, name: items}, items: {type: object, xml: {name: item}, properties: {sku: {type: string}}}}
        tags: {type: array, items: {type: string}}
`

func TestBodies(t *testing.T) {
	a := newAPI(t)
	o := Options{BaseURL: a.URL}
	o.Policy.NoConfirmDangerous = true
	c := connect(t, newSet(t, bodies, o), true)
	for _, x := range []struct{ tool, args, typ, body string }{
		{"xml", `{"requestBody":{"id":7,"note":"a<b & \"c\"","lines":[{"sku":"1"},{"sku":"2"}],"tags":["x","y"]}}`, "application/xml", `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
			`<o:order xmlns:o="https://x.example/o" id="7"><note>a&lt;b &amp; &#34;c&#34;</note><items><item><sku>1</sku></item><item><sku>2</sku></item></items><tags>x</tags><tags>y</tags></o:order>`},
		{"texted", `{"requestBody":{"text":1.5,"note":null,"currency":"EUR"}}`, "application/xml", `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
			`<total currency="EUR">1.5<note></note></total>`},
		{"xml", `{"requestBody":"<order/>"}`, "application/xml", "<order/>"},
		{"orders", `{"requestBody":[{"id":1},{"id":2,"tags":[]}]}`, "text/xml", `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
			`<orders xmlns="https://x.example/all"><o:order xmlns:o="https://x.example/o" id="1"></o:order><o:order xmlns:o="https://x.example/o" id="2"></o:order></orders>`},
		{"plain", `{"requestBody":[{"n":1.50,"at":"now"}]}`, "application/soap+xml", `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<root><item when="now"><n>1.50</n></item></root>`},
		{"spaced", `{"requestBody":{"lang":"e<n","list":[1,2],"self":{"list":[]},"other":{"a":true}}}`, "application/xml", `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
			`<Spaced xmlns:m="https://x.example/m" m:lang="e&lt;n"><l:list xmlns:l="https://x.example/l"><l:one>1</l:one><l:one>2</l:one></l:list>` +
			`<self><l:list xmlns:l="https://x.example/l"></l:list></self><other><flag>true</flag></other></Spaced>`},
		{"text", `{"requestBody":"a,b\n"}`, "text/csv", "a,b\n"},
		{"text", `{"requestBody":{"base64":"/w=="}}`, "text/csv", "\xff"},
		{"yaml", `{"requestBody":{"b":1.0,"a":[]}}`, "application/yaml", `{"b":1.0,"a":[]}`},
		{"yaml", `{"requestBody":"a: 1\n"}`, "application/yaml", "a: 1\n"},
		{"bytes", `{"requestBody":"` + base64.StdEncoding.EncodeToString([]byte{0, 1, 255}) + `"}`, "image/png", "\x00\x01\xff"},
		{"any", `{"requestBody":"AAE"}`, "application/octet-stream", "\x00\x01"},
		{"any", `{"requestBody":"AAE=","requestContentType":"image/gif"}`, "image/gif", "\x00\x01"},
		{"coded", `{"requestBody":{"a":1},"Content-Encoding":"identity"}`, "application/json", `{"a":1}`},
		{"two", `{"requestBody":{"a":1}}`, "application/json", `{"a":1}`},
		{"two", `{"requestBody":{"a":1},"requestContentType":"application/merge-patch+json"}`, "application/merge-patch+json", `{"a":1}`},
		{"two", `{"requestBody":"a","requestContentType":"text/plain"}`, "text/plain", `a`},
		{"form", `{"requestBody":{"b":"x y&z","a":[1,2],"numbered":[1,{"k":"v"}],"joined":["p","q,r"],"o":{"k":{"l":[true]}},"data":{"z":1}}}`, "application/x-www-form-urlencoded",
			"b=x+y%26z&a=1&a=2&numbered%5B0%5D=1&numbered%5B1%5D%5Bk%5D=v&joined=p,q%2Cr&o%5Bk%5D%5Bl%5D%5B0%5D=true&data=%7B%22z%22%3A1%7D"},
		{"two", `{}`, "", ""},
	} {
		t.Run(x.tool, func(t *testing.T) {
			r := call(t, c, x.tool, x.args)
			if r.Type != "api_response" {
				t.Errorf("%s: %v", x.args, r.Raw)
				return
			}
			if got := a.last(t); got.Header.Get("Content-Type") != x.typ || got.Body != x.body {
				t.Errorf("%s: %s %q, want %s %q", x.args, got.Header.Get("Content-Type"), got.Body, x.typ, x.body)
			}
		})
	}
	call(t, c, "coded", `{"requestBody":{"a":1},"Content-Encoding":"gzip"}`)
	z, err := gzip.NewReader(strings.NewReader(a.last(t).Body))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(z); err != nil || string(b) != `{"a":1}` {
		t.Errorf("coded: %q, %v", b, err)
	}
	n := len(a.requests())
	for _, x := range []struct{ tool, args string }{
		{"xml", `{"requestBody":{"a b":1}}`}, {"xml", `{"requestBody":{"note":"\u0000"}}`}, {"bytes", `{"requestBody":"not base64!"}`},
		{"text", `{"requestBody":"` + strings.Repeat("x", 21) + `"}`}, {"two", `{"requestBody":[]}`}, {"two", `{"requestBody":{},"requestContentType":"text/html"}`},
		{"any", `{"requestBody":"AAE=","requestContentType":"image/gif\r\nX: y"}`}, {"two", `{"requestBody":{"a":1},"requestContentType":"text/plain"}`},
		{"two", `{"requestBody":"a","requestContentType":"application/json"}`}, {"two", `{"requestBody":"a"}`},
	} {
		if r := call(t, c, x.tool, x.args); r.code() != codeValidation {
			t.Errorf("%s %s: %v", x.tool, x.args, r.Raw)
		}
	}
	if len(a.requests()) != n {
		t.Error("a request that is not right left")
	}
}
