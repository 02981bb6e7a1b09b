package extract

import (
	"strings"
	"testing"
)

// TestSelectors checks which elements of a page a selector finds, in the order of the page.
func TestSelectors(t *testing.T) {
	const page = `<div id=a class="x y"><p id=b>1</p> text <p id=c class=x>2<b id=d>3</b></p><!-- c --><i id=e title="a > b, c">4</i></div>` +
		`<p id=f data-n="q'r">5</p><p id=g class="1st">6</p><u id=h title="(">7</u>`
	for selector, want := range map[string]string{
		"p":                   "b c f g",
		"div p":               "b c",
		"div > p":             "b c",
		"div b":               "d",
		"div > b":             "",
		"p > b":               "d",
		"div>p>b":             "d",
		" div\t>\n p ":        "b c",
		"p + p":               "c g",
		"p+i":                 "e",
		"p + i + p":           "",
		"p ~ i":               "e",
		"p ~ p":               "c g",
		"div ~ p":             "f g",
		"div + p":             "f",
		"div ~ u":             "h",
		"i, b":                "d e",
		"b,i , #f":            "d e f",
		"p, .x":               "a b c f g",
		".x .x":               "c",
		".x.y":                "a",
		`[title="a > b, c"]`:  "e",
		`i[title='a > b, c']`: "e",
		`[data-n="q'r"] ~ u`:  "h",
		`[title="("], b`:      "d h",
		`p[data-n=q\'r]`:      "f",
		`.\31st`:              "g",
		`.\31 st`:             "g",
		`.\000031st, b`:       "d g",
		`.\31st ~ u`:          "h",
		"p:not(.x)":           "b f g",
		"p:not(.x):not(#f)":   "b g",
		"div :first-child":    "b d",
		"p:nth-of-type(2)":    "c g",
		"p:not(div > p)":      "f g",
		"div:has(b) p":        "b c",
		"body > p:last-child": "",
		"body > :last-child":  "h",
		"x":                   "",
	} {
		find, err := Compile(CSSSelector, selector)
		if err != nil {
			t.Errorf("%s: %v", selector, err)
			continue
		}
		all, err := find(t.Context(), page, false)
		if err != nil {
			t.Errorf("%s: %v", selector, err)
		}
		var ids []string
		for _, x := range all {
			m, _ := x.Match()
			for _, a := range m.Attrs {
				if a.Name == "id" {
					ids = append(ids, a.Value)
				}
			}
		}
		if got := strings.Join(ids, " "); got != want || len(ids) != len(all) {
			t.Errorf("%s: %q in %d matches, want %q", selector, got, len(all), want)
		}
	}
}
