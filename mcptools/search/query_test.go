package search

import (
	"regexp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func filterOf(text string) *bloomFilter {
	f := &bloomFilter{}
	f.addText(text)
	return f
}

func TestForRegexp(t *testing.T) {
	for _, c := range []struct {
		expression     string
		match, noMatch []string
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
		t.Run(c.expression, func(t *testing.T) {
			q := ForRegexp(c.expression)
			for _, text := range c.match {
				if !q.admits(filterOf(text)) {
					t.Errorf("%q is ruled out", text)
				}
			}
			for _, text := range c.noMatch {
				if q.admits(filterOf(text)) {
					t.Errorf("%q is not ruled out", text)
				}
			}
		})
	}
}

// A query never rules out a text that its expression matches.
func TestForRegexpIsSound(t *testing.T) {
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
		q := ForRegexp(e)
		for range 20 {
			text := ""
			for range rapid.IntRange(0, 12).Draw(t, "length") {
				text += rapid.SampledFrom(append(slices.Clone(letters), "abc", "日本語")).Draw(t, "letter")
			}
			if re.MatchString(text) && !q.admits(filterOf(text)) {
				t.Fatalf("%q matches %q, which is ruled out", e, text)
			}
		}
	})
}
