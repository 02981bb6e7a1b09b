package opsearch

import (
	"fmt"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestEntry reads what an operation does, and to what, from its method, path and name.
func TestEntry(t *testing.T) {
	for _, c := range []struct{ method, path, name, want string }{
		{"GET", "/tickets", "", " [ticket] [] false false"},
		{"GET", "/v2/tickets/{id}", "", " [ticket] [] true false"},
		{"GET", "/tickets/{id}/notes", "", " [note] [[ticket]] false false"},
		{"GET", "/tickets/{id", "", " [id] [[ticket]] false false"},
		{"GET", "/tickets/id}", "", " [id] [[ticket]] false false"},
		{"POST", "/tickets/{id}/merge", "", "merg [ticket] [] false false"},
		{"POST", "/tickets/{id}/close_notes", "", "clos [note] [[ticket]] false false"},
		{"POST", "/merge", "", " [merg] [] false false"},
		{"POST", "/charges/{id}/refunds", "", "refund [refund] [[charg]] false true"},
		{"POST", "/things/{id}", "archiveThing", "archiv [thing] [] true false"},
		{"GET", "/things/{id}", "archiveThing", " [thing] [] true false"},
		{"GET", "/", "", " [] [] false false"},
	} {
		e := newEntry(&Operation{Method: c.method, Path: c.path, Name: c.name})
		if got := fmt.Sprint(e.verb, " ", e.target, " ", e.segments, " ", e.isItem, " ", e.isNominal); got != c.want {
			t.Errorf("%s %s %s: %s, want %s", c.method, c.path, c.name, got, c.want)
		}
	}
}

// TestCompounds finds words that are written apart, and names that are initials of three words.
func TestCompounds(t *testing.T) {
	ops := []Operation{{Method: "GET", Path: "/emails"}, {Method: "GET", Path: "/slo"}, {Method: "GET", Path: "/ip"}}
	x := New(ops)
	for query, want := range map[string][]int{"e mails": {0}, "service level objectives": {1}, "internet pages": nil, "slo": {1}} {
		if got := x.Find(query, everything); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
}

// TestOf takes the names of parameters and of the members of bodies.
func TestOf(t *testing.T) {
	param := func(name string) *openapi3.ParameterRef {
		return &openapi3.ParameterRef{Value: &openapi3.Parameter{Name: name}}
	}
	body := &openapi3.RequestBodyRef{Value: openapi3.NewRequestBody().WithJSONSchema(openapi3.NewObjectSchema().WithProperty("title", openapi3.NewStringSchema()))}
	item := &openapi3.PathItem{Parameters: openapi3.Parameters{param("id"), {Ref: "#/x"}}}
	op := &openapi3.Operation{Summary: "s", Tags: []string{"t"}, Deprecated: true, Parameters: openapi3.Parameters{param("q")}, RequestBody: body}
	got := Of("name", "POST", "/a/{id}", item, op)
	if s := fmt.Sprint(got.Name, " ", got.Parameters, " ", got.Members, " ", got.Deprecated); s != "name [id q] [title] true" {
		t.Errorf("%s: %+v", s, got)
	}
	op.RequestBody = &openapi3.RequestBodyRef{Ref: "#/x"}
	if got := Of("name", "POST", "/a/{id}", item, op); got.Members != nil {
		t.Errorf("%+v", got)
	}
}

// TestSwitches names what a member turns on or off.
func TestSwitches(t *testing.T) {
	m := newMembers([]string{"_", "has_wiki", "boards_enabled", "enabled", "plan", "is"}, nil)
	for word, want := range map[string]bool{"wiki": true, "board": true, "enabl": false, "plan": false, "has": false} {
		if m.switched[word] != want {
			t.Errorf("%s: %t", word, !want)
		}
	}
}
