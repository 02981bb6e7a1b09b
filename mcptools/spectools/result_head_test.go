package spectools

import (
	"fmt"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// TestHeadOfErrors leaves out of the details what the message says already.
func TestHeadOfErrors(t *testing.T) {
	for _, tt := range []struct {
		message string
		details errorDetails
		want    string // what is said
	}{
		{"the API answered 404", errorDetails{StatusCode: 404, Field: "f", Reason: "it is old"}, "[problems status_code]"},
		{"the API answered 500", errorDetails{StatusCode: 404, Field: "f", Reason: "it is old"}, "[problems]"},
		{"the API answered 0", errorDetails{Field: "f", Reason: "it is old"}, "[problems]"},
		{"age: is too high", errorDetails{Field: "age", Reason: "is too high", Problems: []string{"age: is too high"}}, "[field problems reason]"},
		{"age: is too high", errorDetails{Field: "name", Reason: "is missing", Problems: []string{"age: is too high", "name: is missing"}}, "[]"},
	} {
		var r errorResult
		r.Error.Code, r.Error.Message, r.Error.Details, r.Error.Suggestions = "C", tt.message, tt.details, []string{"Do this."}
		text, _, said := r.head()
		slices.Sort(said)
		if fmt.Sprint(said) != tt.want || !slices.Equal(text, []string{"C: " + tt.message, "Do this."}) {
			t.Errorf("%s, %+v: %q, said are %q", tt.message, tt.details, text, said)
		}
	}
}

// TestContentTypeArgument names the media types of a body, of which the first is the default.
func TestContentTypeArgument(t *testing.T) {
	for _, tt := range []struct {
		types []string
		want  string
	}{
		{[]string{"application/json"}, "<nil> <nil> false"}, {[]string{"text/*"}, "<nil> <nil> true"},
		{[]string{"application/json", "text/csv"}, "[application/json text/csv] application/json false"}, {[]string{"application/json", "*/*"}, "<nil> <nil> true"},
	} {
		var bodies []*serialize.Media
		for _, typ := range tt.types {
			bodies = append(bodies, serialize.NewMedia(typ, &openapi3.MediaType{}))
		}
		m, _ := contentTypeSchema(bodies).(map[string]any)
		if got := fmt.Sprint(m["enum"], " ", m["default"], " ", m["pattern"] != nil); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.types, got, tt.want)
		}
	}
	if contentTypeSchema([]*serialize.Media{serialize.NewMedia("application/json", &openapi3.MediaType{})}) != nil {
		t.Error("an argument for one media type")
	}
}
