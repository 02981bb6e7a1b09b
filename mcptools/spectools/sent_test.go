package spectools

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/spectools/credential"
)

// sentDocument has an operation for each of TestSent.
const sentDocument = `
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /things/{id}:
    patch:
      operationId: change
      parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
      - {name: ids, in: query, schema: {type: array, items: {type: integer}}}
      - {name: bars, in: query, style: pipeDelimited, schema: {type: array, items: {type: string}}}
      - {name: v, in: query, required: true, schema: {type: integer, default: 1e2}}
      - {name: X-N, in: header, schema: {type: integer}}
      requestBody:
        content:
          application/merge-patch+json:
            schema:
              type: object
              properties:
                n: {allOf: [{$ref: '#/components/schemas/N'}]}
                price: {type: number}
                list: {type: array, items: {$ref: '#/components/schemas/N'}}
                map: {type: object, additionalProperties: {type: [integer, 'null']}}
  /range:
    patch:
      operationId: range
      requestBody: {content: {application/*+json: {schema: {type: object}}}}
  /form:
    post:
      operationId: form
      requestBody:
        content:
          application/x-www-form-urlencoded: {schema: {type: object, properties: {n: {type: integer}}}}
  /parts:
    post:
      operationId: parts
      requestBody:
        content:
          multipart/form-data:
            schema: {type: object, properties: {invoice: {type: string}, rows: {type: string}}}
            encoding: {invoice: {contentType: application/xml}, rows: {contentType: text/csv}}
  /rpc:
    post:
      operationId: rpc
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [jsonrpc, method]
              properties: {jsonrpc: {const: '2.0'}, method: {enum: [list]}, params: {type: array}}
  /rpc#ping:
    post:
      operationId: ping
      x-spectap-variant: {kind: JSON-RPC method, name: ping}
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [jsonrpc, method]
              properties: {id: {type: integer}, jsonrpc: {const: '2.0'}, method: {const: ping}}
  /articles:
    post:
      operationId: add
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: '#/components/schemas/Article'}}
  /me:
    get:
      operationId: me
      parameters: [{name: authorization, in: header, required: true, schema: {type: string}}]
components:
  schemas:
    N: {type: integer}
    Article:
      required: [data]
      properties:
        data: {required: [type], properties: {type: {const: article}, title: {type: string}}}
`

// TestSent shows what arrives at a server: integers without fractions and exponents, constants that
// the caller left out, texts as the document types them, and credentials in a header that is a
// parameter.
func TestSent(t *testing.T) {
	upstream := newAPI(t)
	s := newSet(t, sentDocument, Options{
		BaseURL: upstream.URL, Policy: guard.Policy{NoConfirmDangerous: true},
		Credentials: credential.Environment{Get: func(name string) string {
			return map[string]string{"BEARER_TOKEN": "tok"}[name]
		}},
	})
	c := connect(t, s, true)
	for _, tt := range []struct{ tool, args, uri, header, body string }{
		{"change", `{"id":5.0,"ids":[1.0,2e1],"X-N":3.0,"requestBody":{"n":5.0,"price":5.0,"list":[1e2],"map":{"a":-7e0}}}`,
			"/things/5?ids=1&ids=20&v=100", "X-N: 3", `{"n":5,"price":5.0,"list":[100],"map":{"a":-7}}`},
		{"change", `{"id":1,"requestBody":{}}`, "/things/1?v=100", "Content-Type: application/merge-patch+json", "{}"},
		{"change", `{"id":1,"v":1,"bars":["a","b"],"requestBody":{}}`, "/things/1?v=1&bars=a%7Cb", "", "{}"},
		{"range", `{"requestBody":{"a":1}}`, "/range", "Content-Type: application/merge-patch+json", `{"a":1}`},
		{"form", `{"n":12.0}`, "/form", "Content-Type: application/x-www-form-urlencoded", "n=12"},
		{"parts", `{"invoice":"<a/>","rows":"id;name"}`, "/parts", "", "Content-Type: application/xml\r\n\r\n<a/>\r\n"},
		{"parts", `{"rows":"id;name"}`, "/parts", "", "Content-Type: text/csv\r\n\r\nid;name\r\n"},
		{"rpc", `{"params":[1]}`, "/rpc", "", `{"params":[1],"jsonrpc":"2.0","method":"list"}`},
		{"rpc", `{}`, "/rpc", "", `{"jsonrpc":"2.0","method":"list"}`},
		{"ping", `{}`, "/rpc", "", `{"jsonrpc":"2.0","method":"ping","id":1}`},
		{"add", `{"data":{"title":"x"}}`, "/articles", "", `{"data":{"title":"x","type":"article"}}`},
		{"me", `{}`, "/me", "Authorization: Bearer tok", ""},
	} {
		if r := call(t, c, tt.tool, tt.args); r.IsError {
			t.Errorf("%s %s: %s", tt.tool, tt.args, r.text)
			continue
		}
		got := upstream.last(t)
		name, want, _ := strings.Cut(tt.header, ": ")
		if got.URI != tt.uri || !strings.Contains(got.Body, tt.body) || tt.header != "" && got.Header.Get(name) != want {
			t.Errorf("%s %s: %+v", tt.tool, tt.args, got)
		}
	}
}

// TestAskedConstants checks that a tool does not ask for what the server adds.
func TestAskedConstants(t *testing.T) {
	s := newSet(t, sentDocument, Options{BaseURL: "http://127.0.0.1:1"})
	for _, x := range s.Tools() {
		var schema struct {
			Required   []string
			Properties map[string]struct{ Required []string }
		}
		noError(t, json.Unmarshal(x.Tool.RawInputSchema, &schema))
		if x.Tool.Name == "rpc" && (len(schema.Required) > 0 || len(schema.Properties["requestBody"].Required) > 0) {
			t.Errorf("%s", x.Tool.RawInputSchema)
		}
	}
}

// TestGraphQLReads checks that a query that the document lists is not held, unless the call may
// send another document.
func TestGraphQLReads(t *testing.T) {
	upstream := newAPI(t)
	operation := func(id, kind, query string) string {
		return `"` + id + `":{"post":{"operationId":"` + id + `","x-spectap-variant":{"kind":"GraphQL ` + kind + `","name":"` + id + `"},
			"requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["query"],"properties":{
			"query":{"type":"string"` + query + `},"variables":{"type":"object"}}}}}}}}`
	}
	s := newSet(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{`+
		operation("/graphql#user", "query", `,"enum":["query user($id: ID!) { user(id: $id) { id } }"]`)+","+
		operation("/graphql#team", "query", `,"const":"{ team { id } }"`)+","+
		operation("/graphql#any", "query", ``)+","+
		operation("/graphql#lie", "query", `,"enum":["query a { b } mutation b { c }"]`)+","+
		operation("/graphql#add", "mutation", `,"enum":["mutation { add }"]`)+`}}`, Options{BaseURL: upstream.URL})
	c := connect(t, s, true)
	names := map[string]string{}
	for _, op := range s.Operations() {
		names[op.Path] = op.Tool
	}
	for _, tt := range []struct {
		path, args string
		isSent     bool
	}{
		{"/graphql#user", `{"variables":{"id":1}}`, true},
		{"/graphql#user", `{"requestBody":{"variables":{"id":1},"documentId":"add"}}`, false},
		{"/graphql#team", `{}`, true},
		{"/graphql#any", `{"query":"{ user }"}`, false},
		{"/graphql#lie", `{}`, false},
		{"/graphql#add", `{}`, false},
	} {
		before := len(upstream.requests())
		r := call(t, c, names[tt.path], tt.args)
		if isSent := len(upstream.requests()) > before; isSent != tt.isSent {
			t.Errorf("%s %s: sent %t: %s", tt.path, tt.args, isSent, r.text)
		}
	}
	if got := upstream.last(t).Body; !strings.Contains(got, `{"query":"{ team { id } }"}`) {
		t.Error(got)
	}
}
