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

func TestVariantOfOtherMedia(t *testing.T) {
	get := func(query string) flow.Flow {
		f := request("GET", "", "")
		f.Request.RawQuery = query
		return f
	}
	form := "--B\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n{\"query\":\"mutation Up($f: Upload!) { up(f: $f) }\"}\r\n--B--\r\n"
	for _, tt := range []struct {
		name string
		flow flow.Flow
		want string
	}{
		{"GET", get("query=query+Ping+%7B+ping+%7D"), "GraphQL query Ping"},
		{"GET, persisted", get("operationName=List&extensions=%7B%22persistedQuery%22%3A%7B%7D%7D"), "GraphQL operation List"},
		{"GET, a search", get("query=red+shoes"), ""},
		{"GET, a name alone", get("operationName=List&variables=3"), ""},
		{"application/graphql", request("POST", "application/graphql", "query Raw { raw }"), "GraphQL query Raw"},
		{"upload", request("POST", "multipart/form-data; boundary=B", form), "GraphQL mutation Up"},
		{"another form", request("POST", "multipart/form-data; boundary=B", strings.Replace(form, "operations", "op", 1)), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if v := call.VariantOf(&tt.flow); strings.TrimSpace(v.Kind+" "+v.Name) != tt.want {
				t.Errorf("got %s %s, want %s", v.Kind, v.Name, tt.want)
			}
		})
	}
}
