package document

import (
	"slices"
	"testing"

	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
)

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
			got = append(got, c.Value)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("after %s %q: %q, want %q", tt.kind, tt.args, got, tt.want)
		}
	}
}
