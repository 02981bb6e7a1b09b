package route

import (
	"testing"

	"pgregory.net/rapid"
)

// TestParseSegmentMatchesShapeOf compares the shortcuts of parseSegment, which look only at the
// kinds of characters, with shapeOf.
func TestParseSegmentMatchesShapeOf(t *testing.T) {
	gen := rapid.StringOfN(rapid.SampledFrom([]rune("aaabcxyz019-_.:=;()~%2FAZé@")), 0, 20, -1)
	rapid.Check(t, func(t *rapid.T) {
		part := gen.Draw(t, "segment")
		got := parseSegment(part, 5, true)
		text, plain := normalize(part)
		if got.encoded != text || got.decoded != plain {
			t.Fatalf("%q is %q, %q", part, got.encoded, got.decoded)
		}
		if sep := rangeSeparator(text); sep != "" {
			if got.shape != shapeRange {
				t.Fatalf("%q is no range", part)
			}
			return
		}
		if _, core, _, ok := splitAffixes(text); ok {
			if got.shape != core || got.ownNode {
				t.Fatalf("%q has affixes", part)
			}
			return
		}
		if _, name, ok := cutSign(text); ok && shapeOf(name).isStrong() {
			if got.shape != shapeOf(name) || got.ownNode {
				t.Fatalf("%q is an identifier after a sign", part)
			}
			return
		}
		if shape := shapeOf(plain); got.shape != shape && (got.shape != shapeToken || shape.isStrong()) {
			t.Fatalf("%q looks like %s, not %s", part, got.shape, shape)
		}
		if got.ownNode == got.shape.isStrong() {
			t.Fatalf("%q: exact is %v", part, got.ownNode)
		}
	})
}

func TestLabels(t *testing.T) {
	for path, want := range map[string]string{
		"/users/12": "users|{integer}", "/Products(1)": "Products({integer})", "/t/12.json": "t|{integer}.json",
		"/t/12:cancel":    "t|{integer}:cancel",
		"/users:batchGet": "users:batchGet", "/y/year=2024": "y|year={integer}", "/C('ALFKI')": "C('{many names}')",
		"/c/a...b":      "c|...{range}",
		"/%7Eann/a%2fb": "~ann|{encoded slash}", "/2/x": "2|x", "/2010-04-01/x": "2010-04-01|x",
		"/a/b/c/2": "a|b|c|{integer}", "//x/": "|x", "/a.b/c.tar.gz": "a.b|c.tar.gz",
	} {
		t.Run(path, func(t *testing.T) {
			segments, _ := splitPath(path, nil)
			got := ""
			for i, s := range segments {
				if i > 0 {
					got += "|"
				}
				if sh, prefix, suffix, ok := parseSharedLabel(s.label); ok {
					got += prefix + "{" + sh.String() + "}" + suffix
				} else {
					got += s.label
				}
			}
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}
