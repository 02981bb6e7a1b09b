package call_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
)

// request returns a flow with this request body and an empty response.
func request(method, contentType, body string) flow.Flow {
	f := flow.Flow{Done: true, Request: flow.Request{Method: method, Path: "/x"}, Response: &flow.Response{Status: 200}}
	f.Request.Header, f.Request.Body = message(contentType, body)
	return f
}

// message returns the header and body of a message.
func message(contentType, body string) (flow.Header, flow.Body) {
	var h flow.Header
	if contentType != "" {
		h = flow.Header{{Name: "Content-Type", Value: contentType}}
	}
	return h, flow.Body{Data: []byte(body), Size: int64(len(body))}
}

func TestVariantOf(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"named query", `{"query":"query GetUser($id: ID!) { user(id: $id) { name } }","variables":{"id":1}}`, "GraphQL query GetUser"},
		{"operationName selects", `{"operationName":"B","query":"query A { a } mutation B { b }"}`, "GraphQL mutation B"},
		{"query shorthand", `{"query":"{ viewer { login } }"}`, "GraphQL query viewer"},
		{"anonymous mutation", `{"query":"mutation { addStar(id: 1) { id } }"}`, "GraphQL mutation addStar"},
		{"comment and string", `{"query":"# query X\nquery Y { a(s: \"query Z {\") }"}`, "GraphQL query Y"},
		{"fragment first", `{"query":"fragment F on T { id } query G { t { ...F } }"}`, "GraphQL query G"},
		{"JSON-RPC", `{"jsonrpc":"2.0","id":1,"method":"user.get","params":[1]}`, "JSON-RPC method user.get"},
		{"a search is not GraphQL", `{"query":"red shoes"}`, ""},
		{"text with braces is not GraphQL", `{"query":"what is {x}"}`, ""},
		{"a list of text", `["query"]`, ""},
		{"named with slashes", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}`, "JSON-RPC method tools/call"},
		{"JSON-RPC 1.0", `{"method":"getinfo","params":[],"id":1}`, "JSON-RPC 1.0 method getinfo"},
		{"JSON-RPC 1.0, marked", `{"jsonrpc":"1.0","method":"getinfo","params":[],"id":1}`, "JSON-RPC 1.0 method getinfo"},
		{"a payment is not JSON-RPC 1.0", `{"method":"card","params":{},"id":1,"amount":5}`, ""},
		{"batch of JSON-RPC", `[{"jsonrpc":"2.0","id":1,"method":"a"}]`, "JSON-RPC batch batch"},
		{"batch of GraphQL", `[{"query":"{ a }"},{"query":"{ b }"}]`, "GraphQL batch batch"},
		{"persisted query", `{"operationName":"Me","variables":{},"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}`, "GraphQL operation Me"},
		{"a list of searches is not a batch", `[{"query":"red shoes"}]`, ""},
		{"a subscription", `{"query":"subscription OnNew { new { id } }"}`, "GraphQL subscription OnNew"},
		{"an operation that is not there", `{"operationName":"C","query":"query A { a } mutation B { b }"}`, ""},
		{"a string that ends a line", `{"query":"{ a(s: \"x\\\"} query Z {\") { b } }"}`, "GraphQL query a"},
		{"a string without an end", `{"query":"{ \"query Z { a }"}`, ""},
		{"a comment without an end", `{"query":"# query X { a }"}`, ""},
		{"names below", `{"query":"{ first(a: {query: 1}) { query } }"}`, "GraphQL query first"},
		{"a word at the end", `{"query":"fragment F on T { a } query"}`, ""},
		{"an empty selection", `{"query":"{ }"}`, ""},
		{"anonymous with variables", `{"query":"query ($id: ID!) { user(id: $id) { name } }"}`, "GraphQL query user"},
		{"all digits and letters", `{"query":"query Az0189Za_ { a }"}`, "GraphQL query Az0189Za_"},
		{"persisted with variables alone", `{"operationName":"Me","variables":{}}`, "GraphQL operation Me"},
		{"persisted with extensions alone", `{"operationName":"Me","extensions":{}}`, "GraphQL operation Me"},
		{"a name alone", `{"operationName":"Me"}`, ""},
		{"a selected name in a deeper selection", `{"operationName":"B","query":"query A { a { query B } }"}`, ""},
		{"a selected name behind a selection", `{"operationName":"B","query":"query A { a { b } } query B { c }"}`, "GraphQL query B"},
		{"a secret as method", `{"jsonrpc":"2.0","id":1,"method":"ghp_` + strings.Repeat("aB3dE6gH9", 4) + `"}`, ""},
		{"digits and underscores", `{"query":"query _A1 { a }"}`, "GraphQL query _A1"},
		{"a text before JSON-RPC", `{"query":"query A { a }","jsonrpc":"2.0","method":"b"}`, "JSON-RPC method b"},
		{"JSON-RPC 1.0 without params", `{"method":"getinfo","id":1}`, ""},
		{"JSON-RPC 1.0 without an id", `{"method":"getinfo","params":[]}`, ""},
		{"a method that is no text", `{"method":{"query":1},"params":[],"id":1}`, ""},
		{"a call that is cut", `{"jsonrpc":"2.0","method":"a","params":[1,`, "JSON-RPC method a"},
		{"a name without variables", `{"operationName":"Me","query":""}`, ""},
		{"a batch that is cut", `[{"jsonrpc":"2.0","method":"a"`, ""},
		{"a batch of JSON-RPC 1.0", `[{"method":"getinfo","params":[],"id":1}]`, "JSON-RPC batch batch"},
		{"an empty list", `[] "method"`, ""},
		{"a number before", `[1,{"jsonrpc":"2.0","method":"a"}]`, ""},
		{"the longest name", `{"jsonrpc":"2.0","method":"` + strings.Repeat("ab.", 33) + `c"}`, "JSON-RPC method " + strings.Repeat("ab.", 33) + "c"},
		{"a longer name", `{"jsonrpc":"2.0","method":"` + strings.Repeat("ab.", 33) + `cd"}`, ""},
		{"a name that may be a secret", `{"jsonrpc":"2.0","method":"ann@example.com"}`, ""},
		{"a slash at the end", `{"jsonrpc":"2.0","method":"tools/"}`, ""},
		{"a slash at the start", `{"jsonrpc":"2.0","method":"/tools"}`, ""},
		{"two slashes", `{"jsonrpc":"2.0","method":"a//b"}`, ""},
		{"a dollar", `{"jsonrpc":"2.0","method":"$/progress"}`, "JSON-RPC method $/progress"},
		{"a colon", `{"jsonrpc":"2.0","method":"a:b"}`, "JSON-RPC method a:b"},
		{"the largest body", `{"jsonrpc":"2.0","method":"a"}` + strings.Repeat(" ", 1<<20-30), "JSON-RPC method a"},
		{"a larger body", `{"jsonrpc":"2.0","method":"a"}` + strings.Repeat(" ", 1<<20-29), ""},
		{"odd name", `{"jsonrpc":"2.0","method":"../../x"}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := request("POST", "application/json", tt.body)
			if v := call.VariantOf(&f); strings.TrimSpace(v.Kind+" "+v.Name) != tt.want {
				t.Errorf("got %s %s, want %s", v.Kind, v.Name, tt.want)
			}
		})
	}
}

// TestGraphQLDocument reads the document of a call, which a persisted operation does not have.
func TestGraphQLDocument(t *testing.T) {
	for _, tt := range []struct {
		name, method, media, body, want string
	}{
		{"a call", "POST", "application/json", `{"query":"{ a }","variables":{}}`, "{ a }"}, {"a persisted operation", "POST", "application/json", `{"operationName":"A","variables":{}}`, ""},
		{"PUT", "PUT", "application/json", `{"query":"{ a }"}`, ""}, {"another type", "POST", "text/plain", `{"query":"{ a }"}`, ""}, {"a number", "POST", "application/json", `{"query":5}`, ""},
	} {
		f := request(tt.method, tt.media, tt.body)
		if got, ok := call.GraphQLDocument(&f.Request); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %q, %v", tt.name, got, ok)
		}
	}
}
