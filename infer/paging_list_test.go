package infer

import (
	"testing"

	"github.com/spectap/spectap/infer/schema"
)

// TestHasList tells operations that list things from those that do not, by their responses. Without
// a body of JSON in a successful response, nothing is known, and they may.
func TestHasList(t *testing.T) {
	list := &schema.Schema{Kind: schema.Array}
	object := &schema.Schema{Kind: schema.Object}
	page := &schema.Schema{Kind: schema.Object, Properties: []schema.Property{{Name: "items", Schema: list}}}
	either := &schema.Schema{OneOf: []*schema.Schema{object, object}}
	answer := func(status int, typ string, s *schema.Schema) Response {
		return Response{Status: status, Content: []Media{{Type: typ, Schema: s}}}
	}
	const json = "application/json"
	for _, tt := range []struct {
		name      string
		responses []Response
		want      bool
	}{
		{"list", []Response{answer(200, json, list)}, true},
		{"list in an object", []Response{answer(200, json, page)}, true},
		{"one of several", []Response{answer(200, json, either)}, true},
		{"any of several", []Response{answer(200, json, &schema.Schema{AnyOf: either.OneOf})}, true},
		{"object", []Response{answer(200, json, object)}, false},
		{"object, and a list as an error", []Response{answer(200, json, object), answer(400, json, list)}, false},
		{"object, and a list as a redirect", []Response{answer(200, json, object), answer(300, json, list)}, false},
		{"object, then a list", []Response{answer(200, json, object), answer(299, json, list)}, true},
		{"object, and a list that is not JSON", []Response{answer(200, json, object), answer(200, "text/csv", list)}, false},
		{"body of any kind", []Response{answer(200, json, nil)}, true},
		{"list as an error only", []Response{answer(404, json, list)}, true},
		{"no response", nil, true},
	} {
		e := endpoint{op: Operation{Responses: tt.responses}}
		if got := e.hasList(nil); got != tt.want {
			t.Errorf("%s: %t, want %t", tt.name, got, tt.want)
		}
	}
}
