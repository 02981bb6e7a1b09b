package spectools

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/internal/jsonvalue"
)

const readDocument = `
openapi: 3.0.3
info: {title: T, version: "1"}
paths:
  /q:
    get:
      operationId: q
      parameters:
        - {name: l, in: query, schema: {type: array, items: {type: string}}}
        - {name: n, in: query, schema: {type: integer}}
        - {name: s, in: query, schema: {type: string}}
        - {name: e, in: query, schema: {anyOf: [{type: string, maxLength: 1}, {type: array, items: {type: string}}]}}
        - {name: must, in: query, required: true, schema: {type: boolean}}
      responses: {"200": {description: ok}}
  /p/{id}:
    put: &write
      operationId: p
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/P'}}, text/plain: {schema: {type: string}}}
      responses: {"200": {description: ok}}
    patch:
      <<: *write
      operationId: patchP
  /flat:
    post:
      operationId: flat
      requestBody: {content: {application/json: {schema: {type: object, properties: {list: {type: array}, note: {type: string}, or: {type: string, nullable: true}}}}}}
      responses: {"200": {description: ok}}
components:
  schemas:
    P: {type: object, required: [id], properties: {id: {type: integer}, n: {type: string}}}
`

// TestArgumentsAreRead takes null for an optional argument as absent, and a text as the JSON in it,
// where the schema allows neither null nor texts.
func TestArgumentsAreRead(t *testing.T) {
	a := newAPI(t)
	s := newSet(t, readDocument, Options{BaseURL: a.URL, Policy: guard.Policy{NoConfirmDangerous: true}})
	c := connect(t, s, true)
	for _, x := range []struct{ tool, args, want string }{ // want is the target and body, or the problem
		{"q", `{"must":true,"l":"[\"a\",\"b\"]","n":"7"}`, "/q?must=true&l=a&l=b&n=7"},
		{"q", `{"must":"true","n":null,"l":null,"s":null}`, "/q?must=true"},
		{"q", `{"must":true,"s":"[1]"}`, "/q?must=true&s=%5B1%5D"},
		{"q", `{"must":true,"l":"a"}`, "/q?must=true&l=a"},
		{"q", `{"must":true,"l":"a,b"}`, "l must be an array, not a string"}, // one item, or two
		{"q", `{"must":true,"s":7}`, "/q?must=true&s=7"},
		{"q", `{"must":true,"s":7.50}`, "s must be a string, not a number"},
		{"q", `{"must":true,"e":"[]"}`, "e has 2 characters"},
		{"q", `{"must":true,"n":"1.5"}`, "n must be an integer, not a string"},
		{"q", `{"must":null}`, "must must be a boolean, not null"},
		{"q", `{"must":true,"other":null}`, "other is not an argument here"},
		{"p", `{"id":7,"requestBody":"{\"id\":\"8\",\"n\":null}"}`, `/p/7 {"id":8}`},
		{"p", `{"id":7,"requestBody":{"id":null}}`, "requestBody.id must be an integer, not null"},
		{"p", `{"id":7,"requestBody":"{}","requestContentType":"text/plain"}`, `/p/7 {}`},
		{"patchP", `{"id":7,"requestBody":{"id":8,"n":null}}`, "requestBody.n must be a string, not null"},
		{"flat", `{"list":"[1]","note":null,"or":null}`, `/flat {"list":[1],"or":null}`},
		{"flat", `{"requestBody":null,"note":"a"}`, `/flat {"note":"a"}`},
		{"flat", `{"requestBody":"{\"note\":\"[]\"}"}`, `/flat {"note":"[]"}`},
	} {
		r := call(t, c, x.tool, x.args)
		got := message(r)
		if r.Type == "api_response" {
			sent := a.last(t)
			got = strings.TrimSpace(sent.URI + " " + sent.Body)
		}
		if !strings.HasPrefix(strings.TrimPrefix(got, "the arguments are not valid: "), x.want) {
			t.Errorf("%s %s: %s, want %s", x.tool, x.args, got, x.want)
		}
	}
}

// TestHeldArgumentsAreRead shows and judges the arguments of a held call as they are sent, also those
// of a call by call_operation. A confirmation is valid for them however they are written.
func TestHeldArgumentsAreRead(t *testing.T) {
	a := newAPI(t)
	s := newSet(t, readDocument, Options{BaseURL: a.URL})
	c := connectTo(t, NewServer(s, ServerOptions{Mode: ModeDynamic}), false)
	const inText = `"{\"id\":\"7\",\"requestBody\":\"{\\\"id\\\":8,\\\"n\\\":null}\"}"`
	r := call(t, c, CallOperation, `{"operation":"p","arguments":`+inText+`}`)
	if r.Type != "confirmation_request" || !strings.Contains(r.text, `/p/7 with a body of 8 bytes (application/json): {"id":8}.`) {
		t.Fatalf("%v", r.text)
	}
	r = call(t, c, CallOperation, `{"operation":"p","arguments":{"id":7,"requestBody":{"id":8}},"__confirmed":true}`)
	if r.Type != "api_response" || a.last(t).Body != `{"id":8}` {
		t.Fatalf("%v", r.text)
	}
	_, named := s.readCall(t.Context(), json.RawMessage(`{"operation":"p","arguments":`+inText+`}`))
	_, inner := named.Arguments()
	if got := string(jsonvalue.Encode(inner.Args)); got != `{"id":7,"requestBody":{"id":8}}` {
		t.Errorf("judged by %s", got)
	}
	if r := call(t, c, CallOperation, `{"operation":"p","arguments":{"id":7,"requestBody":{"id":8}},"__confirmed":"true"}`); r.code() != codeValidation {
		t.Errorf("a text confirms: %v", r.text)
	}
}
