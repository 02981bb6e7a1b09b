package spectools

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard"
)

const orders = `
openapi: 3.0.3
info: {title: Orders, version: "1"}
paths:
  /shops/{shop}/orders:
    get: {operationId: listOrders, parameters: [{name: shop, in: path, required: true, schema: {type: string}}], responses: {"200": {description: ok}}}
  /shops/{shop}/orders/{id}:
    parameters: [{name: shop, in: path, required: true, schema: {type: string}}, {name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: getOrder, responses: {"200": {description: ok}}}
    put:
      operationId: putOrder
      parameters: [{name: If-Match, in: header, schema: {type: string}}, {name: dry_run, in: query, schema: {type: boolean}}]
      requestBody: {content: {application/json: {schema: {type: object, properties: {email: {type: string},
        lines: {type: array, items: {type: object, properties: {sku: {type: string}}}}}}}}}
      responses: {"200": {description: ok}}
`

// TestAdvice checks what an error answer advises.
func TestAdvice(t *testing.T) {
	a := newAPI(t)
	s := newSet(t, orders, Options{BaseURL: a.URL, Policy: guard.Policy{NoConfirmDangerous: true}})
	c := connect(t, s, true)
	reset := time.Now().Add(90 * time.Second)
	for _, tt := range []struct {
		name         string
		status       int
		header, body string
		want         string
	}{
		{"a missing resource", 404, "", ``, "get them from listOrders."},
		{"a conflict", 409, "", ``, "Read the current state with getOrder, and repeat the call with what has changed, with metadata.etag of that answer as If-Match."},
		{"a failed precondition", 412, "", ``, "with getOrder"},
		{"Retry-After", 429, "Retry-After: 30", ``, "Call again in 30 seconds, at "},
		{"a date", 429, "Retry-After: " + reset.UTC().Format(http.TimeFormat), ``, "at " + reset.UTC().Format(time.RFC3339)},
		{"the reset of a limit", 429, fmt.Sprintf("X-RateLimit-Reset: %d", reset.Unix()), ``, "at " + reset.UTC().Format(time.RFC3339)},
		{"no time", 429, "", ``, "Wait before calling again."},
		{"no token", 403, "", `{"message":"'_xsrf' argument missing from POST"}`, "with --sign-in OPERATION, which begins a session"},
		{"another origin", 403, "", `{"message":"Invalid origin"}`, "sends the app's token and origin"},
		{"an account", 403, "", `{"message":"You may not"}`, "Ask the user whether this account may do that"},
		{"a wrong value", 422, "", `{"message":"your email is odd"}`, "Read details.response"},
	} {
		a.answer = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if name, value, ok := strings.Cut(tt.header, ": "); ok {
				w.Header().Set(name, value)
			}
			w.WriteHeader(tt.status)
			io.WriteString(w, tt.body)
		}
		got := call(t, c, "putOrder", `{"shop":"s","id":"7","email":"x"}`)
		e, _ := got.Raw["error"].(map[string]any)
		if advice := fmt.Sprint(e["suggestions"]); !strings.Contains(advice, tt.want) {
			t.Errorf("%s: %s, want %s", tt.name, advice, tt.want)
		}
	}
	a.answer = func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("ETag", `"v7"`) }
	if got := call(t, c, "getOrder", `{"shop":"s","id":"7"}`); !strings.Contains(got.structured, `"etag":"\"v7\""`) {
		t.Errorf("no ETag: %s", got.structured)
	}
}
