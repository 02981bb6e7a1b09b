package mcptools

import (
	"regexp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func filterOf(text string) *filter {
	f := &filter{}
	f.addText(text)
	return f
}

func TestNeedsOfExpressions(t *testing.T) {
	for _, c := range []struct {
		expression string
		met, unmet []string
	}{
		{"walnut", []string{"a Walnut desk"}, []string{"", "wal", "oak"}},
		{"(?i)Wal.nut", []string{"walxnut", "WAL NUT"}, []string{"walxnux", "wax nut"}},
		{"walnut|maple", []string{"walnut", "maple"}, []string{"oak", "maplx", "wal"}},
		{"gl(as|os)s", []string{"glass", "gloss"}, []string{"gluss", "glatt"}},
		{"gr[ae]y", []string{"gray", "grey"}, []string{"groy"}},
		{"^a+(bcd|efg)(hij)+k{2,}", []string{"abcdhijkk"}, []string{"abcdhikk", "abcxhijkk"}},
		{"(abc){2,3}def", []string{"abcabcdef"}, []string{"abdef"}},
		{"[a-z]+@", []string{"x@"}, []string{"nobody"}},
		{"~", []string{"a~b"}, []string{"abc"}},
		{"x*(foo)?", []string{"", "y"}, nil},
		{"(ab|cd)?ef(gh|ij)x*y", []string{"efghy", "abefijxxy"}, []string{"efg", "efkly"}},
		{"[0-9]{4}-(01|12)", []string{"2026-01"}, []string{"2026-0", "2026/12"}},
		{`\bÖster+eich\b`, []string{"österreich", "ÖSTERREICH"}, []string{"osterreich"}},
		{"日(本|光)語?", []string{"日本", "日光語"}, []string{"日曜"}},
		{"id=(1|2|3|4|5|6|7|8|9)(1|2|3|4|5|6|7|8|9)(1|2|3|4|5|6|7|8|9)x", []string{"id=123x"}, []string{"id=12", "ix=123x", "id=123"}},
	} {
		n := needsOfExpression(c.expression)
		for _, text := range c.met {
			if !n.metBy(filterOf(text)) {
				t.Errorf("%s is not looked for in %q", c.expression, text)
			}
		}
		for _, text := range c.unmet {
			if n.metBy(filterOf(text)) {
				t.Errorf("%s is looked for in %q", c.expression, text)
			}
		}
	}
}

// What is needed never rules out a text that the expression matches.
func TestNeedsAreSound(t *testing.T) {
	letters := []string{"a", "b", "K", "k", "\u212a", "é", "É", "日", "ſ", "s", "@", "1", "2", "."}
	rapid.Check(t, func(t *rapid.T) {
		var expression func(depth int) string
		expression = func(depth int) string {
			if depth == 0 {
				return rapid.SampledFrom(append(slices.Clone(letters[:13]), "[ab]", "[^a]", "[a-z]", "[é日]", ".", `\d`, `\w`, "^", "$", "", "(?i)k", "(?i:é)", "abc", "日本語")).Draw(t, "atom")
			}
			x, y := expression(depth-1), expression(depth-1)
			return rapid.SampledFrom([]string{x + y, "(" + x + "|" + y + ")", "(?:" + x + ")*" + y, "(" + x + ")+" + y, "(?:" + x + ")?" + y, "(" + x + "){2,3}" + y, x}).Draw(t, "form")
		}
		e := expression(rapid.IntRange(1, 4).Draw(t, "depth"))
		re, err := regexp.Compile(e)
		if err != nil {
			return
		}
		n := needsOfExpression(e)
		for range 20 {
			text := ""
			for range rapid.IntRange(0, 12).Draw(t, "length") {
				text += rapid.SampledFrom(append(letters, "abc", "日本語")).Draw(t, "letter")
			}
			if re.MatchString(text) && !n.metBy(filterOf(text)) {
				t.Fatalf("%q matches %q, which is ruled out", e, text)
			}
		}
	})
}
