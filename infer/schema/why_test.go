package schema

import (
	"fmt"
	"strings"
	"testing"
)

// why writes the outlines of bodies with their evidence.
func why(ps []Body) string {
	d := Decide(ps, Policy{})
	var b strings.Builder
	for i, p := range ps {
		fmt.Fprintf(&b, "%s: %s\n", p.Key, outlineSchema(d.Schemas[i]))
		for _, e := range d.Explain(i) {
			at := e.Pointer
			if at == "" {
				at = "(body)"
			}
			result := e.Result
			if result == e.Rule {
				result = ""
			}
			line := fmt.Sprintf("  %s %s %s %d to %d: %s", at, e.Rule, result, e.For, e.Against, e.Text)
			b.WriteString("  " + strings.Join(strings.Fields(line), " ") + "\n")
		}
	}
	for _, c := range d.Components {
		fmt.Fprintf(&b, "%s = %s\n", c.Name, outlineSchema(c.Schema))
	}
	return b.String()
}

// TestDescribe checks how a schema is told in a few words.
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
