package route

import (
	"testing"

	"pgregory.net/rapid"
)

// TestShortcutsOfSegments holds what is told from the kinds of characters alone against a closer look.
func TestShortcutsOfSegments(t *testing.T) {
	gen := rapid.StringOfN(rapid.SampledFrom([]rune("aaabcxyz019-_.:=;()~%2FAZé@")), 0, 20, -1)
	rapid.Check(t, func(t *rapid.T) {
		part := gen.Draw(t, "segment")
		got := segmentOf(part, 5, true)
		text, plain := normal(part)
		if got.text != text || got.plain != plain {
			t.Fatalf("%q is %q, %q", part, got.text, got.plain)
		}
		if sep := rangeSeparator(text); sep != "" {
			if got.shape != shapeRange {
				t.Fatalf("%q is no range", part)
			}
			return
		}
		if _, core, _, ok := affixes(text); ok {
			if got.shape != core || got.exact {
				t.Fatalf("%q has affixes", part)
			}
			return
		}
		if shape := shapeOf(plain); got.shape != shape && (got.shape != shapeToken || shape.strong()) {
			t.Fatalf("%q looks like %s, not %s", part, got.shape, shape)
		}
		if got.exact == got.shape.strong() {
			t.Fatalf("%q: exact is %v", part, got.exact)
		}
	})
}
