package openapi

import (
	"strings"
	"testing"
)

// TestNestedMarkup checks that markup within markup is removed, also where it is so deep that
// looking for it once for each level would take hours.
func TestNestedMarkup(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"link in a link", "see [a [b](x) c](y)", "see a b c"},
		{"halves of a tag", "a <b<b>>c", "a c"},
		{"ten levels", strings.Repeat("[", 10) + "a" + strings.Repeat("](x)", 10), "a"},
		{"text in brackets", "a list [1, 2] of [3]", "a list [1, 2] of [3]"},
		{"many levels", strings.Repeat("[", 100_000) + "a" + strings.Repeat("](x)", 100_000), "a" + strings.Repeat("(x)", 66) + "…"},
		{"many halves of tags", strings.Repeat("<b", 100_000) + strings.Repeat(">", 100_000), strings.Repeat("b", 199) + "…"},
	} {
		if got := CleanLine(tt.in); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
