package lint

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestMistakesLaw compares mistakes with a search of all findings.
func TestMistakesLaw(t *testing.T) {
	pointer := rapid.StringMatching(`(/(a|b|components|parameters)){0,3}`)
	rapid.Check(t, func(t *rapid.T) {
		var found []structuralFinding
		for range rapid.IntRange(0, 5).Draw(t, "findings") {
			found = append(found, structuralFinding{pointer.Draw(t, "pointer"), rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "name")})
		}
		all := mistakesOf(found)
		for _, name := range []string{"", "a", "b"} {
			p := pointer.Draw(t, "place")
			want := slices.ContainsFunc(found, func(f structuralFinding) bool {
				isComponent := strings.HasPrefix(f.pointer, "/components/") || strings.HasPrefix(f.pointer, "/parameters/")
				return (name == "" || f.name == name) && (isComponent || strings.HasPrefix(f.pointer, p))
			})
			if got := all[name].isWithin(strings.ToUpper(p)); got != want {
				t.Fatalf("%q at %q: %t, of %v", name, p, got, found)
			}
		}
	})
}
