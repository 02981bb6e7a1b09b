package schema

import (
	"testing"
)

// TestTypesOfResources checks that the types of JSON:API resources are constant after two exchanges.
// Objects without an id or attributes are no resources.
func TestTypesOfResources(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		constant   bool
	}{
		{"two", `2× {"data":{"type":"kind_a","id":"1","attributes":{"a":1}}}`, true},
		{"one", `1× {"data":{"type":"kind_a","id":"1","attributes":{"a":1}}}`, false},
		{"not created yet", `2× {"data":{"type":"kind_a","attributes":{"a":1}}}`, true},
		{"in a list of others", `2× {"included":[{"type":"kind_a","id":"1","attributes":{"a":1}}]}`, true},
		{"without an id elsewhere", `2× {"meta":{"type":"kind_a","attributes":{"a":1}}}`, false},
		{"without attributes", `2× {"data":{"type":"kind_a","id":"1"}}`, false},
		{"at the top", `2× {"type":"kind_a","id":"1","attributes":{"a":1}}`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := goldenBody("GET /things/{id} 200")
			addLines(t, b.Facts, tt.body)
			s := Decide([]Body{b}, Policy{Inline: true}).Schemas[0]
			var enums int
			countEnums(s, &enums)
			if (enums == 1) != tt.constant {
				t.Error(outlineSchema(s))
			}
		})
	}
}

// countEnums counts the strings of a schema that are one value.
func countEnums(s *Schema, n *int) {
	if s == nil {
		return
	}
	if len(s.Enum) == 1 {
		*n++
	}
	countEnums(s.Items, n)
	for _, p := range s.Properties {
		countEnums(p.Schema, n)
	}
}
