package spectools

import (
	"fmt"
	"strings"
	"testing"
)

const clinic = `
openapi: 3.0.3
info: {title: Clinic, version: "2", description: "Books <b>visits</b>."}
externalDocs: {url: "https://docs.example.com"}
paths:
  /health: {get: {operationId: health_check, summary: Whether the service is up, responses: {"200": {description: ok}}}}
  /visits:
    get: {operationId: listVisits, tags: [visits], parameters: [{name: doctor, in: query, schema: {type: string}}], responses: {"200": {description: ok}}}
    post: {operationId: bookVisit, tags: [visits], summary: Book a visit, responses: {"201": {description: ok}}}
  /visits/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {operationId: getVisit, tags: [visits], responses: {"200": {description: ok}}}
    delete: {operationId: cancelVisit, tags: [visits], summary: Cancel a visit, responses: {"204": {description: ok}}}
  /invoices:
    post: {operationId: createInvoice, tags: [billing], summary: Create an invoice, responses: {"201": {description: ok}}}
`

const collections = `
openapi: 3.1.0
info: {title: Records, version: "1"}
paths:
  /tables/{table}/rows:
    post:
      operationId: createRow
      parameters:
        - {name: table, in: path, required: true, schema: {type: string}, x-spectap-variants: {pets: [request.name, response.id], visits: [], "<b>x": 3}}
        - {name: dry, in: query, schema: {type: boolean}, x-spectap-variants: odd}
      responses: {"200": {description: ok}}
  /tables/{table}:
    delete:
      operationId: dropTable
      parameters:
        - {name: table, in: path, required: true, schema: {type: string}, x-spectap-variants: {pets: [], visits: []}}
      responses: {"204": {description: ok}}
`

// TestChoices holds that a search finds the values that select what bodies are, and that the
// description of an operation lists them. Other extensions of that name are ignored.
func TestChoices(t *testing.T) {
	odd := strings.Replace(collections, `, "<b>x": 3`, "", 1)
	for doc, want := range map[string]string{odd: "table=pets request.name, response.id\ntable=visits", collections: "dry: bool"} {
		c := connectTo(t, NewServer(newSet(t, doc, Options{BaseURL: "http://127.0.0.1:1"}), ServerOptions{Mode: ModeDynamic}), true)
		r := call(t, c, "describe_operation", `{"operation":"createRow"}`)
		if got := fmt.Sprint(r.Raw["arguments"]); !strings.HasSuffix(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
		if text := call(t, c, "search_operations", `{"query":"create a pet"}`).text; strings.Contains(text, "weak") != (doc == collections) {
			t.Errorf("create a pet: %s", text)
		}
	}
}
