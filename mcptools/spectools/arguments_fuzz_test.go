package spectools

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// FuzzArguments derives arguments from any request. A request is built from them again, to the same
// host, or they are refused with a reason.
func FuzzArguments(f *testing.F) {
	const document = `
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /x/{id}:
    post:
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: list, in: query, schema: {type: array, items: {type: integer}}}
        - {name: deep, in: query, style: deepObject, explode: true, schema: {$ref: '#/components/schemas/Round'}}
        - {name: c, in: cookie, schema: {type: string}}
      requestBody:
        content:
          application/json: {}
          application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/Round'}}
          multipart/form-data: {schema: {type: object, properties: {file: {type: string, format: binary}, round: {$ref: '#/components/schemas/Round'}}}}
          "*/*": {}
      responses: {"200": {description: ok}}
components:
  schemas:
    Round: {anyOf: [{$ref: '#/components/schemas/Round'}, {type: object, properties: {a: {$ref: '#/components/schemas/Round'}, list: {type: array, items: {type: string}}}}]}
`
	f.Add("a%2Fb", "list=1&list=2&deep[a][list][0]=x", "application/json", []byte(`{"a":1}`), "c=1")
	f.Add("..", "deep[a]=1&deep[", "application/x-www-form-urlencoded", []byte("a[a][b]=1&a[list][]=2&%zz"), "c=%")
	f.Add("x", "", "multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n"), "")
	f.Add("x", "", "text/csv", []byte{0xff}, strings.Repeat("[", 100))
	s := newSet(f, document, Options{BaseURL: "http://127.0.0.1:1"})
	f.Fuzz(func(t *testing.T, id, query, typ string, body []byte, cookie string) {
		r := flow.Request{
			Method: "POST", Path: "/x/" + id, RawQuery: query, Body: flow.Body{Data: body, Size: int64(len(body))},
			Header: flow.Header{{Name: "Content-Type", Value: typ}, {Name: "Cookie", Value: cookie}},
		}
		_, raw, err := s.Arguments("POST", "/x/{id}", map[string]string{"id": id}, &r)
		if err != nil {
			return
		}
		args, _, problems := s.arguments(t.Context(), s.ops[0], raw)
		if len(problems) > 0 {
			return
		}
		if call, problem := s.ops[0].Request(args); problem == nil && call.URL.Host != "127.0.0.1:1" {
			t.Errorf("leads to %s", call.URL)
		}
	})
}
