package document

import (
	"slices"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/compact"
)

func selectable(t *testing.T) []compact.Operation {
	t.Helper()
	answer := `{"responses":{"200":{"description":"d"}}`
	doc := must.Get(openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{
"/users":{"get":` + answer + `,"operationId":"listUsers","tags":["users"]},"post":` + answer + `,"operationId":"createUser","tags":["users"]}},
"/users/{id}/posts":{"get":` + answer + `,"operationId":"listPosts","tags":["Posts","users"],"summary":"All articles"}},
"/usersearch":{"get":` + answer + `}},
"/a/{b}/c":{"get":` + answer + `}}}}`)))
	f := must.Get(compact.New(doc, compact.Options{}))
	return f.Operations()
}

func TestSelect(t *testing.T) {
	ops := selectable(t)
	for _, c := range []struct {
		filter  operationFilter
		want    []string
		partial bool
	}{
		{operationFilter{}, []string{"GET /a/{b}/c", "GET /users", "POST /users", "GET /users/{id}/posts", "GET /usersearch"}, false},
		{operationFilter{Tag: "USERS"}, []string{"GET /users", "POST /users", "GET /users/{id}/posts"}, false},
		{operationFilter{Tag: "users", Method: "get"}, []string{"GET /users", "GET /users/{id}/posts"}, false},
		{operationFilter{Tag: noTag}, []string{"GET /a/{b}/c", "GET /usersearch"}, false},
		{operationFilter{Query: "Create USER"}, []string{"POST /users"}, false},
		{operationFilter{Query: "/v1/usersearch", Prefix: "/v1"}, []string{"GET /usersearch"}, false},
		{operationFilter{Query: "articles"}, []string{"GET /users/{id}/posts"}, false},
		{operationFilter{Query: "list posts unheard"}, []string{"GET /users/{id}/posts"}, true},
		{operationFilter{Query: "unheard"}, nil, false},
		{operationFilter{Paths: []string{"/users"}}, []string{"GET /users", "POST /users", "GET /users/{id}/posts"}, false},
		{operationFilter{Paths: []string{"/users/{anything}/posts/", "/a/*"}}, []string{"GET /a/{b}/c", "GET /users/{id}/posts"}, false},
		{operationFilter{Paths: []string{"*search"}}, []string{"GET /usersearch"}, false},
		{operationFilter{Paths: []string{"/us"}}, nil, false},
		{operationFilter{Paths: []string{"(.*"}}, nil, false},
		{operationFilter{Paths: []string{"/v1/usersearch"}, Prefix: "/v1"}, []string{"GET /usersearch"}, false},
		{operationFilter{Paths: []string{"/v1/usersearch"}, Prefix: "/v2"}, nil, false},
		{operationFilter{Paths: []string{"/users/17/posts?page=2"}}, []string{"GET /users/{id}/posts"}, false},
		{operationFilter{Paths: []string{"/v1/users/17"}, Prefix: "/v1"}, []string{"GET /users/{id}/posts"}, false},
	} {
		got, partial := c.filter.Select(ops)
		var names []string
		for _, i := range got {
			names = append(names, ops[i].Method+" "+ops[i].Template)
		}
		if isZero := c.filter.IsZero(); isZero != (len(names) == len(ops)) {
			t.Errorf("%+v: IsZero is %t", c.filter, isZero)
		}
		if !slices.Equal(names, c.want) || partial != c.partial {
			t.Errorf("%+v: got %v, partial %t; want %v", c.filter, names, partial, c.want)
		}
	}
}
