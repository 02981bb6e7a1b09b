package judge

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact/scan"
)

// TestObjectRules hides in the example of each rule the text between « and », and nothing without
// the member that the rule needs.
func TestObjectRules(t *testing.T) {
	for k, r := range objectRules {
		before, rest, _ := strings.Cut(r.example, "«")
		secret, after, _ := strings.Cut(rest, "»")
		tree := scan.ReadJSON(before + secret + after)
		found := 0
		for i, class := range Classes(tree, Context{}) {
			if n := &tree.Nodes[i]; n.Kind == scan.String {
				if _, ok := Hides(class, tree.ValueOf(int32(i))); ok && tree.ValueOf(int32(i)) == secret {
					found++
				} else if ok {
					t.Errorf("rule %d hides %s", k, tree.ValueOf(int32(i)))
				}
			}
		}
		if found != 1 {
			t.Errorf("%s: %s is shown in %s", r.reason, secret, r.example)
		}
	}
}
