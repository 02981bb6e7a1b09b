package schema

import (
	"testing"
)

// TestDescribe checks short descriptions of schemas.
func TestDescribe(t *testing.T) {
	text := &Schema{Kind: String}
	for _, tt := range []struct {
		schema *Schema
		want   string
	}{
		{nil, "opaque"}, {&Schema{}, "anything"}, {&Schema{Ref: "User"}, "User"}, {text, "string"},
		{&Schema{AnyOf: []*Schema{text, {Kind: Integer}}}, "one of several"}, {&Schema{OneOf: []*Schema{text, text}}, "one of several"},
		{&Schema{Kind: Integer | String}, "string or integer"}, {&Schema{Kind: Number | Boolean | Object}, "object or number or boolean"},
		{&Schema{Kind: String, Format: "date"}, "string (date)"}, {&Schema{Kind: String, Enum: []string{"a", "b"}}, "string (one of 2 values)"},
		{&Schema{Kind: Array}, "array"}, {&Schema{Kind: Array, Items: text}, "array of string"},
		{&Schema{Kind: Array, Items: &Schema{Kind: Array, Items: &Schema{Ref: "User"}}}, "array of array of User"},
		{&Schema{Kind: Array | String, Items: text}, "array or string"},
	} {
		if got := Describe(tt.schema); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
