package schema

import (
	"strings"
	"testing"
)

// TestPatchOperations tells the operations of a patch, whose value may be anything, from records
// with the same members.
func TestPatchOperations(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		isPatch    bool
	}{
		{"operations", `[{"op":"replace","path":"/x","value":1},{"op":"ADD","path":"/y","value":2}]`, true},
		{"one that moves", `[{"op":"add","path":"/x","value":1},{"op":"move","path":"/y","from":"/x"}]`, true},
		{"one operation", `{"op":"test","path":"/x","value":1}`, true},
		{"another word", `[{"op":"multiply","path":"/x","value":1},{"op":"add","path":"/y","value":2}]`, false},
		{"an empty word", `[{"op":"","path":"/x","value":1},{"op":"add","path":"/y","value":2}]`, false},
		{"a number among the words", `[{"op":1,"path":"/x","value":1},{"op":"add","path":"/y","value":2}]`, false},
		{"numbers", `[{"op":1,"path":"/x","value":1},{"op":2,"path":"/y","value":2}]`, false},
		{"a path that is a number", `[{"op":"add","path":7,"value":1}]`, false},
		{"no path", `[{"op":"add","value":1}]`, false},
		{"another member", `[{"op":"add","path":"/x","value":1,"note":"a"}]`, false},
	} {
		p := goldenBody("PATCH /things/{id} request")
		addLines(t, p.Facts, "6× "+tt.body)
		bodies := []Body{p}
		got := outline(bodies, Decide(bodies, Policy{}))
		if strings.Contains(got, "value: any") != tt.isPatch || strings.Contains(got, "value: integer") == tt.isPatch {
			t.Errorf("%s: got\n%swant a patch: %t", tt.name, got, tt.isPatch)
		}
	}
}
