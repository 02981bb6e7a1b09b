package main

import (
	"slices"
	"testing"

	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
)

func kindOf(t *testing.T, name string) *correctKind {
	t.Helper()
	i := slices.IndexFunc(correctKinds, func(k correctKind) bool { return k.kind == name })
	if i < 0 {
		t.Fatalf("no kind %s", name)
	}
	return &correctKinds[i]
}

// TestCorrectWords joins the words that name an operation or a value, and leaves what is quoted,
// and what may be another argument.
func TestCorrectWords(t *testing.T) {
	for _, tt := range []struct {
		kind       string
		args, want []string
	}{
		{overrides.Optional, []string{"GET", "/users", "query", "limit"}, []string{"GET /users query limit"}},
		{overrides.Optional, []string{"GET /users query limit"}, []string{"GET /users query limit"}},
		{overrides.Optional, []string{"User", "/email"}, []string{"User /email"}},
		{overrides.Optional, []string{"User", "email"}, []string{"User", "email"}},
		{overrides.Required, []string{"POST", "/users", "request", "/name"}, []string{"POST /users request /name"}},
		{overrides.Nullable, []string{"GET", "/a", "response", "200", "/id"}, []string{"GET /a response 200 /id"}},
		{overrides.Nullable, []string{"GET", "/a", "response", "ok"}, []string{"GET /a", "response", "ok"}},
		{overrides.Type, []string{"User", "/age", "integer"}, []string{"User /age", "integer"}},
		{overrides.Type, []string{"User", "/age"}, []string{"User", "/age"}},
		{overrides.Format, []string{"GET", "/a", "query", "at", "date"}, []string{"GET /a query at", "date"}},
		{overrides.Enum, []string{"GET", "/a", "query", "sort", "up", "down"}, []string{"GET /a query sort", "up", "down"}},
		{overrides.Enum, []string{"Mount", "/a", "/b"}, []string{"Mount", "/a", "/b"}},
		{overrides.Rename, []string{"GET", "/users/{id}", "getUser"}, []string{"GET /users/{id}", "getUser"}},
		{overrides.Rename, []string{"User", "/x"}, []string{"User", "/x"}},
		{overrides.Describe, []string{"GET", "/a", "A text"}, []string{"GET /a", "A text"}},
		{overrides.Describe, []string{"A text"}, []string{"A text"}},
		{overrides.LeaveOut, []string{"DELETE", "/users/*"}, []string{"DELETE /users/*"}},
		{overrides.Merge, []string{"/a", "/b"}, []string{"/a", "/b"}},
		{overrides.Title, []string{"GET"}, []string{"GET"}},
	} {
		if got := kindOf(t, tt.kind).joined(slices.Clone(tt.args)); !slices.Equal(got, tt.want) {
			t.Errorf("%s %q becomes %q, want %q", tt.kind, tt.args, got, tt.want)
		}
	}
}

// TestCompleteCorrect offers what may follow the words of a correction.
func TestCompleteCorrect(t *testing.T) {
	str := &schema.Schema{Kind: schema.String}
	user := &schema.Schema{Kind: schema.Object, Properties: []schema.Property{{Name: "email", Schema: str}, {Name: "friend", Schema: &schema.Schema{Ref: "User"}}}}
	choice := &schema.Schema{
		AnyOf: []*schema.Schema{{Kind: schema.Object, Properties: []schema.Property{{Name: "left", Schema: str}}}},
		OneOf: []*schema.Schema{{Kind: schema.Object, Properties: []schema.Property{{Name: "right", Schema: str}}}},
	}
	d := &infer.Document{
		Servers: []string{"https://a.example/v1"}, Components: []schema.Component{{Name: "User", Schema: user}, {Name: "Choice", Schema: choice}},
		Operations: []infer.Operation{
			{Method: "GET", Path: "/users/{id}", Params: []infer.Param{{Name: "id", In: infer.InPath, Schema: str}, {Name: "full", In: infer.InQuery, Schema: str}},
				Responses: []infer.Response{{Status: 200, Content: []infer.Media{{Type: "application/json", Schema: &schema.Schema{Ref: "User"}}}}}},
			{Method: "POST", Path: "/users", Request: &infer.RequestBody{Content: []infer.Media{{Type: "application/json", Schema: user}}}},
		},
	}
	for _, tt := range []struct {
		kind       string
		args, want []string
	}{
		{overrides.Literal, nil, []string{"/v1", "/v1/users", "/v1/users/{id}"}},
		{overrides.Literal, []string{"/v1"}, nil},
		{overrides.Rename, nil, []string{"GET", "POST", "/v1", "/v1/users", "/v1/users/{id}", "User", "Choice"}},
		{overrides.Rename, []string{"GET"}, []string{"/users/{id}"}},
		{overrides.Optional, nil, []string{"GET", "POST", "User", "Choice"}},
		{overrides.Optional, []string{"GET", "/users/{id}"}, []string{"path", "query", "response"}},
		{overrides.Optional, []string{"GET", "/users/{id}", "query"}, []string{"full"}},
		{overrides.Optional, []string{"GET", "/users/{id}", "query", "full"}, nil},
		{overrides.Optional, []string{"GET", "/users/{id}", "response"}, []string{"200"}},
		{overrides.Optional, []string{"User"}, []string{"/email", "/friend", "/friend/email", "/friend/friend"}},
		{overrides.Type, []string{"GET", "/users/{id}", "query", "full"}, []string{"string", "integer", "number", "boolean", "array", "object", "any"}},
		{overrides.Optional, []string{"GET", "/users/{id}", "response", "200"}, []string{"/email", "/friend", "/friend/email", "/friend/friend"}},
		{overrides.Optional, []string{"GET", "/users/{id}", "response", "404"}, nil},
		{overrides.Optional, []string{"GET", "/users/{id}", "request"}, nil}, // it has no body
		{overrides.Optional, []string{"POST", "/users"}, []string{"request"}},
		{overrides.Optional, []string{"POST", "/users", "request"}, []string{"/email", "/friend", "/friend/email", "/friend/friend"}},
		{overrides.Type, []string{"POST", "/users", "request", "/email"}, []string{"string", "integer", "number", "boolean", "array", "object", "any"}},
		{overrides.Type, []string{"POST", "/users", "request", "/email", "string"}, nil},
		{overrides.Format, []string{"GET", "/users/{id}", "response", "200", "/email"}, []string{"date", "date-time", "email", "uri", "uuid", "none"}},
		{overrides.Format, []string{"GET", "/users/{id}", "query", "full", "date"}, nil},
		{overrides.Optional, []string{"Choice"}, []string{"/left", "/right"}},
		{overrides.Optional, []string{"Nothing"}, nil},
		{overrides.Enum, []string{"User"}, nil},
		{overrides.Merge, nil, []string{"User", "Choice", "/v1", "/v1/users", "/v1/users/{id}"}},
		{overrides.Rename, []string{"GET", "/users/{id}"}, nil},
		{overrides.Summary, nil, []string{"GET", "POST"}},
		{overrides.LeaveOut, nil, []string{"GET", "POST", "/v1", "/v1/users", "/v1/users/{id}"}},
		{overrides.Type, []string{"User", "/email"}, []string{"string", "integer", "number", "boolean", "array", "object", "any"}},
		{overrides.Optional, []string{"PUT", "/users"}, nil},
		{overrides.Title, nil, nil},
	} {
		var got []string
		for _, c := range (&correctWords{d: d, kind: tt.kind}).after(tt.args) {
			got = append(got, c.value)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("after %s %q: %q, want %q", tt.kind, tt.args, got, tt.want)
		}
	}
}
