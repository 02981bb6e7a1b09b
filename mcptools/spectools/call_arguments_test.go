package spectools

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// TestFormsOfArguments accepts nothing and null for no arguments, and says what is wrong with
// others.
func TestFormsOfArguments(t *testing.T) {
	op := newSet(t, clinic, Options{BaseURL: "http://127.0.0.1:1"})
	for _, tt := range []struct {
		name string
		raw  []byte
		want string // "" for none
	}{
		{"nothing", nil, ""},
		{"null", []byte("null"), ""},
		{"an object", []byte("{}"), ""},
		{"of the largest size", append(bytes.Repeat([]byte{' '}, serialize.MaxSize-2), "{}"...), ""},
		{"a byte more", append(bytes.Repeat([]byte{' '}, serialize.MaxSize-1), "{}"...), "are larger than 32 MiB"},
		{"a list", []byte("[]"), "must be an object"},
		{"a text", []byte(`"x"`), "must be an object"},
		{"no JSON", []byte("{"), "is not JSON"},
	} {
		args, confirmed, problems := op.arguments(t.Context(), op.byTool["listVisits"], tt.raw)
		if tt.want == "" && (len(problems) != 0 || args == nil || args.Len() != 0 || confirmed != nil) {
			t.Errorf("%s: %v", tt.name, problems)
		}
		if tt.want != "" && (len(problems) != 1 || problems[0].Reason != tt.want || args != nil) {
			t.Errorf("%s: %v", tt.name, problems)
		}
	}
	for _, raw := range []string{"", "null"} {
		if _, problems := parseArguments(t.Context(), describeSchema, []byte(raw)); len(problems) != 1 || problems[0].Field != "operation" {
			t.Errorf("a fixed tool with %q: %v", raw, problems)
		}
	}
	if _, problems := parseArguments(t.Context(), noArguments, []byte("{")); len(problems) != 1 || problems[0].Reason != "is not JSON" {
		t.Errorf("a fixed tool: %v", problems)
	}
}

// TestBrokenSchema refuses all calls of a tool whose schema cannot be checked.
func TestBrokenSchema(t *testing.T) {
	a := newAPI(t)
	s := newSet(t, tracker, Options{BaseURL: a.URL})
	s.byTool["createIssue"].tool.RawInputSchema = []byte(`{"$ref":"#/nowhere"}`)
	r := call(t, connect(t, s, true), "createIssue", `{"title":"t"}`)
	if r.code() != codeValidation || !strings.Contains(message(r), "cannot be checked, the document's schema is broken") || len(a.requests()) != 0 {
		t.Errorf("%v, %d requests", r.Raw, len(a.requests()))
	}
}

// TestDocumentAsksForConfirmation holds a read whose document demands a confirmation, and no other.
func TestDocumentAsksForConfirmation(t *testing.T) {
	a := newAPI(t)
	document := strings.Replace(clinic, "get: {operationId: getVisit,", "get: {operationId: getVisit, x-mcp-confirm: true,", 1)
	c := connect(t, newSet(t, document, Options{BaseURL: a.URL}), false)
	if r := call(t, c, "getVisit", `{"id":1}`); r.Type != "confirmation_request" || r.Raw["action"] != "read_resource" || len(a.requests()) != 0 {
		t.Fatalf("%v", r.Raw)
	}
	if r := call(t, c, "getVisit", `{"id":1,"__confirmed":true}`); r.Type != "api_response" {
		t.Errorf("confirmed: %v", r.Raw)
	}
	if r := call(t, c, "listVisits", `{}`); r.Type != "api_response" {
		t.Errorf("another read: %v", r.Raw)
	}
}

// TestManyMembers lists the required members of a body that has many, and says how many there are.
func TestManyMembers(t *testing.T) {
	for n, want := range map[int]string{30: "requestBody* {a*, b*, m02, ", 31: "requestBody* {a*, b*, … (31 in all)}"} {
		members := []string{`"a":{}`, `"b":{}`}
		for i := 2; i < n; i++ {
			members = append(members, fmt.Sprintf(`"m%02d":{}`, i))
		}
		s := newSet(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"servers":[{"url":"https://a.example"}],"paths":{"/n":{"post":{"operationId":"n","responses":{},
			"requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["a","b"],"properties":{`+strings.Join(members, ",")+`}}}}}}}}}`, Options{})
		if got := message(call(t, connect(t, s, true), "n", `{"q":1}`)); !strings.Contains(got, want) || n == 30 && !strings.Contains(got, "m29}") {
			t.Errorf("%d members: %s", n, got)
		}
	}
}

// TestAccept names the media types of all answers once, JSON first.
func TestAccept(t *testing.T) {
	content := func(types ...string) *openapi3.ResponseRef {
		r := &openapi3.Response{Content: openapi3.Content{}}
		for _, typ := range types {
			r.Content[typ] = &openapi3.MediaType{}
		}
		return &openapi3.ResponseRef{Value: r}
	}
	for want, statuses := range map[string]map[string]*openapi3.ResponseRef{
		"":                                      {"200": content(), "404": nil, "500": {}},
		"application/json, text/csv, */*;q=0.1": {"200": content("text/csv", "application/json"), "400": content("application/json; charset=utf-8"), "404": nil, "500": {}},
		"application/json, image/png, text/csv, */*;q=0.1":    {"200": content("text/csv", "application/json", "image/png", "none", "a/b\nc")},
		"application/a+json, application/json, */*;q=0.1":     {"200": content("application/json"), "201": content("application/a+json")},
		"application/pdf, application/xml, text/a, */*;q=0.1": {"200": content("text/a", "application/xml", "application/pdf")},
	} {
		responses := openapi3.NewResponsesWithCapacity(1)
		for status, r := range statuses {
			responses.Set(status, r)
		}
		if got := accept(&operation{doc: &openapi3.Operation{Responses: responses}}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := accept(&operation{doc: &openapi3.Operation{}}); got != "" {
		t.Errorf("without responses: %q", got)
	}
}
