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
