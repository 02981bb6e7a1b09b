package spectools

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
)

// TestConsentCoversRequest changes a file between question and answer, in both ways of asking.
// Nothing is sent.
func TestConsentCoversRequest(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) {
		noError(t, os.WriteFile(filepath.Join(dir, "a.txt"), []byte(text), 0o600))
	}
	root := must(os.OpenRoot(dir))
	defer root.Close()
	a := newAPI(t)
	s := newSet(t, secured, Options{BaseURL: a.URL, Files: root, Credentials: env("BEARER_TOKEN", "tttttttt")})
	const args = `{"requestBody":{"file":{"path":"a.txt"}}}`

	c := connect(t, s, false)
	write("harmless")
	if r := call(t, c, "upload", args); r.Type != "confirmation_request" {
		t.Fatal(r.Raw)
	}
	write("exchanged")
	confirmed := strings.TrimSuffix(args, "}") + `,"__confirmed":true}`
	if r := call(t, c, "upload", confirmed); r.Type != "confirmation_request" {
		t.Errorf("sent: %v", r.Raw)
	}
	write("harmless")
	if r := call(t, c, "upload", confirmed); r.Type != "api_response" || !strings.Contains(a.last(t).Body, "harmless") {
		t.Errorf("the very same: %v", r.Raw)
	}

	m := serveCallers(t, NewServer(s, ServerOptions{}))
	const who = "alice"
	arguments := map[string]any{"requestBody": map[string]any{"file": map[string]any{"path": "a.txt"}}}
	r := raw(t, m, who, map[string]any{"name": "upload", "arguments": arguments, "capabilities": canAsk})
	write("exchanged")
	r = raw(t, m, who, map[string]any{"name": "upload", "arguments": arguments, "requestState": r["requestState"], "inputResponses": yes, "capabilities": canAsk})
	if r["resultType"] != "input_required" {
		t.Errorf("a state for another file: %v", r)
	}
	if n := len(a.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// heard keeps what a person was asked.
type heard struct {
	mu   sync.Mutex // guards text
	text string
}

func (h *heard) Elicit(_ context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text = r.Params.Message
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionDecline}}, nil
}

const shown = `
openapi: 3.0.3
info: {title: Shown, version: "1"}
paths:
  /things/{id}:
    post:
      operationId: change
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: X-Mode, in: header, schema: {type: string}}
        - {name: X-HTTP-Method-Override, in: header, schema: {type: string}}
        - {name: Content-Encoding, in: header, schema: {type: string}}
        - {name: X-Original-URL, in: header, schema: {type: string}}
        - {name: who, in: cookie, schema: {type: string}}
      requestBody:
        content:
          application/json: {schema: {type: object}}
          multipart/form-data: {schema: {type: object, properties: {note: {type: string}}}}
      responses: {"200": {description: ok}}
    get:
      operationId: look
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: X-Rewrite-Url, in: header, schema: {type: string}}
      responses: {"200": {description: ok}}
`

// TestQuestionHidesNothing shows a person all parts of a request, both ends of long ones, and
// invisible characters as escapes.
func TestQuestionHidesNothing(t *testing.T) {
	a := newAPI(t)
	for _, x := range []struct{ name, args, want string }{
		{"header", `{"id":"1","X-Mode":"purge-everything"}`, "X-Mode: purge-everything"},
		{"method override", `{"id":"1","X-HTTP-Method-Override":"DELETE"}`, "X-HTTP-Method-Override: DELETE"},
		{"cookie", `{"id":"1","who":"root"}`, "Cookie: who=root"},
		{"end of a long body", `{"id":"1","requestBody":{"pad":"` + strings.Repeat("x", 20000) + `","transfer":"all"}}`, `"transfer":"all"}`},
		{"length of what is not shown", `{"id":"1","requestBody":{"pad":"` + strings.Repeat("x", 20000) + `"}}`, "characters are not shown"},
		{"invisible characters", `{"id":"1","requestBody":{"to":"al\u200bice\u202e\u0007"}}`, `al\u200bice\u202e`},
		{"line breaks", `{"id":"1","requestBody":{"a":"b"},"X-Mode":"x"}`, `{"a":"b"}`},
		{"coded body", `{"id":"1","Content-Encoding":"gzip","requestBody":{"amount":1000000}}`, `{"amount":1000000}`},
		{"parts of a form", `{"id":"1","requestContentType":"multipart/form-data","requestBody":{"note":"fire them"}}`, "fire them"},
	} {
		for _, modern := range []bool{false, true} {
			h := &heard{}
			c := connect(t, newSet(t, shown, Options{BaseURL: a.URL}), modern, client.WithElicitationHandler(h))
			if r := call(t, c, "change", x.args); r.code() != codeAuthorization {
				t.Fatalf("%s: %v", x.name, r.Raw)
			}
			if !strings.Contains(h.text, x.want) {
				t.Errorf("%s: %.300s", x.name, h.text)
			}
			if strings.ContainsAny(h.text, "\r\n\u200b\u202e\a") || len(h.text) > 20000 {
				t.Errorf("%s: not one harmless line: %.300q", x.name, h.text)
			}
		}
	}
	if n := len(a.requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// TestUnsafeHeaders leaves out headers that could change the request after it was checked.
func TestUnsafeHeaders(t *testing.T) {
	a := newAPI(t)
	s := newSet(t, shown, Options{BaseURL: a.URL, Policy: guard.Policy{NoConfirmDangerous: true}})
	c := connect(t, s, true)
	for _, x := range []struct{ tool, args string }{
		{"look", `{"id":"1","X-Rewrite-Url":"/admin"}`}, {"change", `{"id":"1","X-Original-URL":"/admin"}`},
	} {
		if r := call(t, c, x.tool, x.args); r.code() != codeValidation {
			t.Errorf("%s %s: %v", x.tool, x.args, r.Raw)
		}
	}
	if n := len(a.requests()); n != 0 || len(s.Notes()) != 2 {
		t.Errorf("%d requests, notes %v", n, s.Notes())
	}
}

// TestOneConsentOneRequest holds a read. The API redirects and demands a retry, and gets one
// request.
func TestOneConsentOneRequest(t *testing.T) {
	a := newAPI(t)
	for path, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"moved": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/things/elsewhere", http.StatusFound)
		},
		"busy": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
	} {
		a.mu.Lock()
		a.answer, a.got = answer, nil
		a.mu.Unlock()
		c := connect(t, newSet(t, shown, Options{
			BaseURL: a.URL, Policy: guard.Policy{Confirm: []string{"look"}}, Egress: egress.Config{Retry: egress.Retry{Times: 3, Wait: 1}},
		}), false)
		call(t, c, "look", fmt.Sprintf(`{"id":%q}`, path))
		call(t, c, "look", fmt.Sprintf(`{"id":%q,"__confirmed":true}`, path))
		if n := len(a.requests()); n != 1 {
			t.Errorf("%s: %d requests for one consent", path, n)
		}
	}
}

// TestConfirmationWithoutQuestion confirms a call that nothing holds: it is sent, without the
// argument.
func TestConfirmationWithoutQuestion(t *testing.T) {
	a := newAPI(t)
	s := newSet(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"operationId":"getA","responses":{"200":{"description":""}}}}}}`, Options{BaseURL: a.URL})
	c := connect(t, s, false)
	if r := call(t, c, "getA", `{"__confirmed":true}`); r.Type != "api_response" {
		t.Errorf("got %v", r.Raw)
	}
	if r := call(t, c, "getA", `{"__confirmed":"yes"}`); r.Type == "api_response" {
		t.Errorf("a text confirms: %v", r.Raw)
	}
}
