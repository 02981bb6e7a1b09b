package infer_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
)

func post(path, body, answer string) flow.Flow {
	f := flow.Flow{Done: true, Request: flow.Request{Method: "POST", Scheme: "https", Authority: "api.example.com", Path: path}, Response: &flow.Response{Status: 200}}
	send(&f.Request.Header, &f.Request.Body, "application/json", body)
	send(&f.Response.Header, &f.Response.Body, "application/json", answer)
	return f
}

func TestVariantOf(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"named query", `{"query":"query GetUser($id: ID!) { user(id: $id) { name } }","variables":{"id":1}}`, "GraphQL query GetUser"},
		{"operation name chooses", `{"operationName":"B","query":"query A { a } mutation B { b }"}`, "GraphQL mutation B"},
		{"short form", `{"query":"{ viewer { login } }"}`, "GraphQL query viewer"},
		{"no name", `{"query":"mutation { addStar(id: 1) { id } }"}`, "GraphQL mutation addStar"},
		{"comment and string", `{"query":"# query X\nquery Y { a(s: \"query Z {\") }"}`, "GraphQL query Y"},
		{"fragment first", `{"query":"fragment F on T { id } query G { t { ...F } }"}`, "GraphQL query G"},
		{"JSON-RPC", `{"jsonrpc":"2.0","id":1,"method":"user.get","params":[1]}`, "JSON-RPC method user.get"},
		{"a search is none", `{"query":"red shoes"}`, " "},
		{"braces are none", `{"query":"what is {x}"}`, " "},
		{"no object", `["query"]`, " "},
		{"odd name", `{"jsonrpc":"2.0","method":"../../x"}`, " "},
	} {
		f := post("/x", tt.body, "{}")
		if v := infer.VariantOf(&f); v.Kind+" "+v.Name != tt.want && !(tt.want == " " && v.Name == "") {
			t.Errorf("%s: %s %s, want %s", tt.name, v.Kind, v.Name, tt.want)
		}
	}
}

// TestVariants holds that several operations behind one URL are several operations of the document.
func TestVariants(t *testing.T) {
	var fs []flow.Flow
	for i := range 6 {
		fs = append(fs,
			post("/graphql", fmt.Sprintf(`{"query":"query User { user { id } }","variables":{"id":%d}}`, i), fmt.Sprintf(`{"data":{"user":{"id":%d}}}`, i)),
			post("/graphql", `{"query":"mutation Rename { rename { name } }","variables":{"name":"x"}}`, `{"data":{"rename":{"name":"x"}}}`),
			post("/rpc", fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"sum","params":[1,2]}`, i), fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":3}`, i)),
			post("/rpc", `{"jsonrpc":"2.0","method":"ping"}`, `{"jsonrpc":"2.0","result":"pong"}`))
	}
	d := learnt(fs).Document(infer.Policy{})
	var got []string
	for _, op := range d.Operations {
		got = append(got, fmt.Sprint(op.Path, " ", op.ID, " ", op.Summary, " ", op.Seen))
	}
	want := []string{"/graphql#Rename rename GraphQL mutation Rename 6", "/graphql#User user GraphQL query User 6",
		"/rpc#ping ping JSON-RPC method ping 6", "/rpc#sum sum JSON-RPC method sum 6"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
	sound(t, fs, "3.0")
	sound(t, fs, "3.1")
}

// TestBlankBody holds that a body of white space is malformed, and no more than that.
func TestBlankBody(t *testing.T) {
	fs := []flow.Flow{post("/a", " \n", "{}"), post("/a", "{}", "\t"), post("/a", " ", " ")}
	if d := learnt(fs).Document(infer.Policy{}); d.Flows != 3 {
		t.Errorf("%d flows", d.Flows)
	}
}
