package spectools

import (
	"net/http"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard"
)

const overrides = `
openapi: 3.0.3
info: {title: Overrides, version: "1"}
paths:
  /things:
    get:
      operationId: look
      parameters:
        - {name: _method, in: query, schema: {type: string}}
        - {name: filter, in: query, schema: {type: object, additionalProperties: {type: string}}}
        - {name: X_HTTP_Method_Override, in: header, schema: {type: string}}
        - {name: payment_method, in: query, schema: {type: string}}
        - {name: X-Envoy-Original-Path, in: header, schema: {type: string}}
        - {name: x_rewrite_url, in: header, schema: {type: string}}
        - {name: X-Forwarded-Host, in: header, schema: {type: string}}
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"200": {description: ok}}
    post:
      operationId: change
      parameters:
        - {name: X_HTTP_METHOD_OVERRIDE, in: header, schema: {type: string}}
        - {name: _method, in: query, schema: {type: string}}
      requestBody:
        content:
          application/x-www-form-urlencoded: {schema: {type: object}}
          application/json: {schema: {type: object}}
          multipart/form-data: {schema: {type: object, properties: {_method: {type: string}}}}
      responses: {"200": {description: ok}}
`

// TestOverriddenMethodIsHeld holds requests that a server may handle as another method than their
// own.
func TestOverriddenMethodIsHeld(t *testing.T) {
	confirmDelete := guard.Policy{NoConfirmDangerous: true, Confirm: []string{"DELETE"}}
	for _, x := range []struct {
		name, tool, args string
		policy           guard.Policy
		want             string
	}{
		{"a read", "look", `{}`, guard.Policy{}, "api_response"},
		{"a read with a harmless filter", "look", `{"filter":{"a":"b"}}`, guard.Policy{}, "api_response"},
		{"_method", "look", `{"_method":"DELETE"}`, guard.Policy{}, "confirmation_request"},
		{"_method in a filter", "look", `{"filter":{"_method":"DELETE"}}`, guard.Policy{}, "confirmation_request"},
		{"body of a read", "look", `{"requestBody":{}}`, guard.Policy{}, "confirmation_request"},
		{"header with underscores", "look", `{"X_HTTP_Method_Override":"DELETE"}`, guard.Policy{}, "confirmation_request"},
		{"a read that says it is one", "look", `{"_method":"get"}`, guard.Policy{}, "api_response"},
		{"an ordinary field", "look", `{"payment_method":"card"}`, guard.Policy{}, "confirmation_request"},
		{"path of Envoy", "look", `{"X-Envoy-Original-Path":"/admin"}`, guard.Policy{}, "error"},
		{"path with underscores", "look", `{"x_rewrite_url":"/admin"}`, guard.Policy{}, "error"},
		{"host", "look", `{"X-Forwarded-Host":"evil"}`, guard.Policy{}, "error"},
		{"read only", "look", `{"_method":"DELETE"}`, guard.Policy{ReadOnly: true}, "error"},
		{"a person is required", "look", `{"_method":"DELETE"}`, guard.Policy{RequireHuman: true}, "error"},
		{"a post where deletes are confirmed", "change", `{"requestBody":{"a":"b"}}`, confirmDelete, "api_response"},
		{"a post that says it is one", "change", `{"_method":"POST"}`, confirmDelete, "api_response"},
		{"header of a post", "change", `{"X_HTTP_METHOD_OVERRIDE":"delete"}`, confirmDelete, "confirmation_request"},
		{"query of a post", "change", `{"_method":"DELETE"}`, confirmDelete, "confirmation_request"},
		{"form of a post", "change", `{"requestContentType":"application/x-www-form-urlencoded","requestBody":{"_method":"DELETE"}}`,
			confirmDelete, "confirmation_request"},
		{"multipart form of a post", "change", `{"requestContentType":"multipart/form-data","requestBody":{"_method":"DELETE"}}`,
			confirmDelete, "confirmation_request"},
		{"JSON of a post", "change", `{"requestContentType":"application/json","requestBody":{"_method":"DELETE"}}`,
			confirmDelete, "confirmation_request"},
	} {
		t.Run(x.name, func(t *testing.T) {
			a := newAPI(t)
			c := connect(t, newSet(t, overrides, Options{BaseURL: a.URL, Policy: x.policy}), false)
			r := call(t, c, x.tool, x.args)
			if r.Type != x.want {
				t.Fatalf("got %v, want %s", r.Raw, x.want)
			}
			if sent := len(a.requests()); (sent > 0) != (x.want == "api_response") {
				t.Errorf("%d requests", sent)
			}
			if x.want != "confirmation_request" {
				return
			}
			r = call(t, c, x.tool, strings.TrimSuffix(x.args, "}")+`,"__confirmed":true}`)
			if r.Type != "api_response" || len(a.requests()) != 1 {
				t.Errorf("confirmed: %v, %d requests", r.Raw, len(a.requests()))
			}
		})
	}
}

// TestFreeQueryIsHeld: a query parameter without a type may be an object, whose members are names in
// the query. The call can be confirmed.
func TestFreeQueryIsHeld(t *testing.T) {
	for _, schema := range []string{`{}`, `{type: object}`, `{type: [string, object]}`} {
		a := newAPI(t)
		c := connect(t, newSet(t, `
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /things:
    get:
      operationId: look
      parameters: [{name: filter, in: query, schema: `+schema+`}]
      responses: {"200": {description: ok}}
`, Options{BaseURL: a.URL}), false)
		if r := call(t, c, "look", `{"filter":{"_method":"DELETE"}}`); r.Type != "confirmation_request" {
			t.Errorf("%s: %v", schema, r.Raw)
		}
		if r := call(t, c, "look", `{"filter":{"_method":"DELETE"},"__confirmed":true}`); r.Type != "api_response" || len(a.requests()) != 1 {
			t.Errorf("%s, confirmed: %v", schema, r.Raw)
		}
	}
}

// TestOverriddenMethodIsSentOnce follows no redirect of a read that a server may handle as a
// DELETE, even if nothing is confirmed.
func TestOverriddenMethodIsSentOnce(t *testing.T) {
	a := newAPI(t)
	a.answer = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/things", http.StatusFound) }
	c := connect(t, newSet(t, overrides, Options{BaseURL: a.URL, Policy: guard.Policy{NoConfirmDangerous: true}}), false)
	r := call(t, c, "look", `{"_method":"DELETE"}`)
	if n := len(a.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
	if why := "the call may send one request only"; !strings.Contains(r.text, why) {
		t.Errorf("the result does not say %q: %s", why, r.text)
	}
}
