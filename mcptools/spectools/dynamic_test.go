package spectools

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/openapi"
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

func operationsOf(r reply) []string {
	var out []string
	list, _ := r.Raw["operations"].([]any)
	for _, x := range list {
		out = append(out, x.(map[string]any)["operation"].(string))
	}
	return out
}

func TestDynamic(t *testing.T) {
	a := newAPI(t)
	s := newSet(t, clinic, Options{BaseURL: a.URL})
	c := connectTo(t, NewServer(s, ServerOptions{Mode: ModeDynamic}), false)
	for _, x := range []struct{ query, first string }{
		{"is the service healthy", "health_check"},
		{"health", "health_check"},
		{"remove a visit", "cancelVisit"},
		{"deleting visits", "cancelVisit"},
		{"create invoice", "createInvoice"},
		{"bookings: new visit", "bookVisit"},
		{"visits by doctor", "listVisits"},
		{"getVisit", "getVisit"},
	} {
		r := call(t, c, "search_operations", fmt.Sprintf(`{"query":%q,"limit":3}`, x.query))
		if got := operationsOf(r); len(got) == 0 || got[0] != x.first {
			t.Errorf("%s: %v, want %s first", x.query, got, x.first)
		}
	}
	if got := operationsOf(call(t, c, "search_operations", `{"limit":2,"offset":5}`)); len(got) != 1 {
		t.Errorf("the last page: %v", got)
	}
	page := call(t, c, "search_operations", `{"limit":4}`)
	next, _ := page.Raw["next_page"].(map[string]any)
	if args := string(mustJSON(next["arguments"])); args != `{"limit":4,"offset":4}` || !strings.HasPrefix(page.text, "Next page: search_operations "+args+"\n") {
		t.Errorf("next page %v:\n%s", next, page.text)
	} else if got := operationsOf(call(t, c, "search_operations", args)); len(got) != 2 {
		t.Errorf("the next page: %v", got)
	}
	if got := operationsOf(call(t, c, "search_operations", `{"method":"POST","tag":"Billing"}`)); fmt.Sprint(got) != "[createInvoice]" {
		t.Errorf("filtered: %v", got)
	}
	r := call(t, c, "describe_operation", `{"operation":"cancelVisit"}`)
	if r.Raw["method"] != "DELETE" || r.Raw["confirmation_required"] != true || r.Raw["inputSchema"] != nil ||
		r.Raw["arguments"] != "id*: int" {
		t.Errorf("described: %v", r.Raw)
	}
	for _, name := range []string{"CANCELVISIT", "cancel_visit", "DELETE /visits/{x}", "delete /visits/17", "DELETE " + a.URL + "/visits/17?a=1"} {
		if r := call(t, c, "describe_operation", fmt.Sprintf(`{"operation":%q}`, name)); r.Raw["operation"] != "cancelVisit" {
			t.Errorf("%s is described as %v", name, r.Raw["operation"])
		}
	}
	for _, tool := range []string{"describe_operation", "call_operation"} {
		r := call(t, c, tool, `{"operation":"/visits"}`)
		if !strings.Contains(r.text, "several operations: listVisits, bookVisit") {
			t.Errorf("%s of a path with two methods: %s", tool, r.text)
		}
	}
	if r := call(t, c, "GET /visits/17", `{}`); !strings.Contains(r.text, `{"operation": "getVisit"`) {
		t.Errorf("a tool named by a request: %s", r.text)
	}
	r = call(t, c, "describe_operation", `{"operation":"cancelVisit","format":"json"}`)
	if schema, _ := r.Raw["inputSchema"].(map[string]any); schema["type"] != "object" || r.Raw["arguments"] != nil {
		t.Errorf("described as JSON: %v", r.Raw)
	}
	r = call(t, c, "search_operations", `{"limit":2}`)
	if got := string(mustJSON(r.Raw["tags"])); got != `[{"operations":1,"tag":""},{"operations":1,"tag":"billing"},{"operations":4,"tag":"visits"}]` {
		t.Errorf("tags: %s", got)
	}
	if r := call(t, c, "search_operations", `{"tag":"vists"}`); !strings.Contains(r.text, "did you mean visits?") {
		t.Errorf("a misspelt tag: %s", r.text)
	}
	if r = call(t, c, "search_operations", `{"limit":2,"tag":"visits"}`); r.Raw["tags"] != nil {
		t.Errorf("tags of a tag: %v", r.Raw)
	}
	for _, args := range []string{`{"operation":"nothing"}`, `{}`, `{"operation":"getVisit","more":1}`} {
		if r := call(t, c, "call_operation", args); r.code() != codeValidation {
			t.Errorf("%s: %v", args, r.Raw)
		}
	}
	if r := call(t, c, "call_operation", `{"operation":"getVisit","arguments":{"id":"x"}}`); r.details()["field"] != "id" {
		t.Errorf("inner check: %v", r.Raw)
	}
	if r := call(t, c, "call_operation", `{"operation":"cancelVisit","arguments":{"id":9007199254740993},"__confirmed":true}`); r.Type != "confirmation_request" {
		t.Errorf("confirmed first: %v", r.Raw)
	}
	if r := call(t, c, "call_operation", `{"operation":"cancelVisit","arguments":{"id":9007199254740993}}`); r.Type != "confirmation_request" {
		t.Errorf("held: %v", r.Raw)
	}
	if n := len(a.requests()); n != 0 {
		t.Fatalf("%d requests before consent", n)
	}
	if r := call(t, c, "call_operation", `{"operation":"cancelVisit","arguments":{"id":9007199254740993},"__confirmed":true}`); r.Type != "api_response" {
		t.Errorf("confirmed: %v", r.Raw)
	}
	if got := a.last(t); got.Method != "DELETE" || got.URI != "/visits/9007199254740993" {
		t.Errorf("sent %s %s", got.Method, got.URI)
	}
}

func TestInfoTools(t *testing.T) {
	s := newSet(t, clinic, Options{BaseURL: "http://127.0.0.1:1"})
	c := connectTo(t, NewServer(s, ServerOptions{}), true)
	if r := call(t, c, "info", `{}`); r.Raw["title"] != "Clinic" || r.Raw["description"] != "Books visits." || r.Raw["operations"] != 6.0 {
		t.Errorf("info: %v", r.Raw)
	}
	if r := call(t, c, "externalDocs", `{}`); r.Raw["url"] != "https://docs.example.com" {
		t.Errorf("externalDocs: %v", r.Raw)
	}
	if r := call(t, c, "describe", `{}`); len(r.Raw["tools"].([]any)) != 6 {
		t.Errorf("describe: %v", r.Raw)
	}
	var read mcp.ReadResourceRequest
	read.Params.URI = ResourceOperations
	res, err := c.ReadResource(context.Background(), read)
	if err != nil || !strings.Contains(res.Contents[0].(mcp.TextResourceContents).Text, "DELETE /visits/{id}  cancelVisit  Cancel a visit [held until confirmed]\n") {
		t.Errorf("operations: %v, %v", res, err)
	}
}

// TestDynamicLarge lists and searches a real document of 1,223 operations.
func TestDynamicLarge(t *testing.T) {
	doc, err := openapi.Load(vendorDocument(t, "github"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := FromDocument(doc, Options{BaseURL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	c := connectTo(t, NewServer(s, ServerOptions{Mode: ModeDynamic}), true)
	list, err := c.ListTools(context.Background(), mcp.ListToolsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(mustJSON(list)); n > 10_000 {
		t.Errorf("the list has %d bytes", n)
	}
	for query, want := range map[string]string{
		"create an issue": "issues_create", "list pull requests": "pulls_list", "merge pull request": "pulls_merge", "delete a repository": "repos_delete",
		"star a repository": "activity_star-repo-for-authenticated-user", "add a comment to an issue": "issues_create-comment",
	} {
		got := operationsOf(call(t, c, "search_operations", fmt.Sprintf(`{"query":%q,"limit":5}`, query)))
		if !strings.Contains(fmt.Sprint(got), want) {
			t.Errorf("%s: %v has no %s", query, got, want)
		}
	}
}
