package extract

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/cascadia"
	"github.com/ohler55/ojg/jp"
	"golang.org/x/net/html"

	"github.com/spectap/spectap/internal/test/must"
)

func nested(open, end string, n int) string {
	return strings.Repeat(open, n) + "x" + strings.Repeat(end, n)
}

// TestBudget runs expressions whose cost is far above the size of expression and body.
func TestBudget(t *testing.T) {
	items := "[" + strings.TrimSuffix(strings.Repeat("1,", 20_000), ",") + "]"
	objects := "[" + strings.TrimSuffix(strings.Repeat(`{"a":1},`, 20_000), ",") + "]"
	for _, tt := range []struct {
		name, kind, expression, body string
	}{
		{"formatting elements", CSSSelector, "b", strings.Repeat("<b class=x>", 400) + strings.Repeat("<p>x</p>", 20_000)},
		{"misnested", CSSSelector, "b", strings.Repeat("<b><i><div></b></div>", 5000) + strings.Repeat("<p>x</p>", 9000)},
		{"siblings", CSSSelector, "i:nth-last-child(2n+1)", strings.Repeat("<i></i>", 12_000)},
		{"nested arrays", JSONPath, "$..*..*", strings.Replace(nested("[[],", "]", 900), "x", items, 1)},
		{"union", JSONPath, "$[0]" + strings.Repeat("[0,0]", 60), nested("[", "]", 61)[:61] + "1" + strings.Repeat("]", 61)},
		{"root in a filter", JSONPath, "$[?(@ == $[0])]", items},
		{"values", JSONPath, "$[0]", "[" + strings.Repeat("1,", maxNodes) + "1]"},
		{"empty objects", JSONPath, "$[0]", "[" + strings.Repeat("{},", maxNodes/5) + "{}]"},
		{"root in a filter of objects", JSONPath, "$[?(@.a == $[*].a)]", objects},
	} {
		t.Run(tt.name, func(t *testing.T) {
			find := must.Get(Compile(tt.kind, tt.expression))
			all, err := find(t.Context(), tt.body)
			if !errors.Is(err, ErrTooMuch) {
				t.Errorf("%d matches, %v", len(all), err)
			}
		})
	}
}

// TestNestedMatches finds elements that contain each other: none is written before it is shown.
func TestNestedMatches(t *testing.T) {
	find := must.Get(Compile(CSSSelector, "div"))
	all, err := find(t.Context(), nested("<div>", "</div>", 400))
	if err != nil || len(all) != 400 {
		t.Errorf("%d matches, %v", len(all), err)
	}
}

// TestRefused compiles expressions whose cost for one element has no bound.
func TestRefused(t *testing.T) {
	for _, tt := range []struct{ kind, expression string }{
		{JSONPath, "$[?(@.a[?(@.b == 1)])]"}, {JSONPath, "$[?(@[0,0][0,0])]"}, {JSONPath, "$..a..b..c"},
		{CSSSelector, "a:has(b:nth-child(2))"}, {CSSSelector, "a:not(b > c > d)"}, {CSSSelector, "a:has(:has(:has(b)))"}, {CSSSelector, "a:not(b > c):has(d)"},
		{CSSSelector, "a > > b"}, {CSSSelector, "> a"}, {CSSSelector, "a >"}, {CSSSelector, "a ~"}, {CSSSelector, "a,,b"}, {CSSSelector, ""}, {CSSSelector, "a, > b"},
		{JSONPath, "$.["}, {JSONPath, "$..a..b..c..d"},
	} {
		t.Run(tt.expression, func(t *testing.T) {
			if _, err := Compile(tt.kind, tt.expression); err == nil {
				t.Error("it is compiled")
			}
		})
	}
}

// TestXPath checks that an XPath is refused with what to use instead, whatever it is passed as.
func TestXPath(t *testing.T) {
	for _, expression := range []string{"//a", "/a/b", "./a", "../a", "(//a)[1]", " //a/@href"} {
		for _, kind := range Kinds() {
			if _, err := Compile(kind, expression); !errors.Is(err, errXPath) {
				t.Errorf("%s %q: %v", kind, expression, err)
			}
		}
	}
}

// TestSelectorsOfManyParts matches in one pass what takes the library hours.
func TestSelectorsOfManyParts(t *testing.T) {
	find := must.Get(Compile(CSSSelector, strings.Repeat("div ", 60)+"p"))
	for depth, want := range map[int]int{59: 0, 60: 1, 200: 1} {
		all, err := find(t.Context(), nested("<div>", "</div>", depth-1)+"<div><p>y</p></div>")
		if err != nil || len(all) != 0 && depth < 60 {
			t.Error(depth, len(all), err)
		}
		all, err = find(t.Context(), strings.Replace(nested("<div>", "</div>", depth), "x", "<p>y</p>", 1))
		if err != nil || len(all) != want {
			t.Errorf("depth %d: %d matches, %v; want %d", depth, len(all), err, want)
		}
	}
}

// TestFindEndsWithContext searches with a context that has ended, and with one that ends at once
// after the body is parsed.
func TestFindEndsWithContext(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct{ kind, expression, body string }{
		{CSSSelector, "a a", nested("<a>", "</a>", 400)}, {JSONPath, "$..a", `{"a":1}`},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			find := must.Get(Compile(tt.kind, tt.expression))
			if _, err := find(ended, tt.body); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	_, err := within(t.Context(), func(m *meter) ([]Raw, error) {
		m.ctx = ended
		m.spend(pollSteps)
		return nil, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestSelectorsAgree compares the selectors of this package with those of the library.
func TestSelectorsAgree(t *testing.T) {
	const body = `<body><div id="1x" class="a b"><p title="x > y">1<b>2</b></p><p class="b">3 <i>i</i></p><ul><li>4</li><li class="c">5` +
		`<ul><li>6</li></ul></li><li>7</li></ul></div><div class="c"><p>8</p><a href="/x,y">9</a><span>10</span></div>` +
		`<div class="x:y q" title='a"]>b'><b>11</b><b class="123"></b></div></body>`
	root := must.Get(html.Parse(strings.NewReader(body)))
	for _, expression := range []string{
		"p", "*", "div p", "div > p", "div>p", "p + p", "p ~ ul", "ul li li", "div  >\n ul > li", ".a .b, .c a", "p,b , i",
		`p[title="x > y"] b`, "a[href='/x,y']", "li:nth-child(2)", "li:not(.c)", "li:not(:first-child) ", "div:has(a)",
		`#\31 x > p`, "div:contains('8') span", "p + a + span", `.x\:y b`, `[title='a"]>b'] b`, `[title="a\"]>b"] > b`, `.\31 23`, `.\000031 23`, `.\00003123`, `.\78\:y`, `.q .\31 23, .x\:y`,
		"div:not([title='a\"]>b']) p", "p:first-child + p", "ul ul li", "li + li", "p ~ p ~ ul", "body div ul ~ p", ":root", "li li, li", " b ",
	} {
		t.Run(expression, func(t *testing.T) {
			want := cascadia.QueryAll(root, cascadia.MustCompile(expression))
			find := must.Get(Compile(CSSSelector, expression))
			got, err := find(t.Context(), body)
			if err != nil || len(got) != len(want) {
				t.Fatalf("%d matches, %v; want %d", len(got), err, len(want))
			}
			for i, x := range got {
				m := x.Match()
				if w := matchHTML(want[i]); m.HTML != w.HTML || m.Text != w.Text {
					t.Errorf("%d: %+v, want %+v", i, m, w)
				}
			}
		})
	}
}

// TestJSONPathsAgree compares paths within the budget with those of the library.
func TestJSONPathsAgree(t *testing.T) {
	const body = `{"a":[{"b":1,"c":"x"},{"b":2,"c":"y"},[3,[4]]],"d":{"a":5}}`
	for _, expression := range []string{
		"$", "$.a[*].b", "$..a", "$.a[?(@.b > 1)].c", "$.a[0,1].b", "$['a','d']", "$.a[-1:]", "$.a[-1]", "$.a[?(@.b)].c", "$..[?(@.c == 'x')]",
	} {
		t.Run(expression, func(t *testing.T) {
			v := must.Get(decodeJSON(body, nil))
			want := jp.MustParseString(expression).Get(v)
			find := must.Get(Compile(JSONPath, expression))
			got, err := find(t.Context(), body)
			if err != nil || len(got) != len(want) || len(want) == 0 {
				t.Fatalf("%d matches, %v; want %d", len(got), err, len(want))
			}
			for i := range got {
				g, _ := json.Marshal(got[i].value)
				if w, _ := json.Marshal(want[i]); string(g) != string(w) {
					t.Errorf("%d: %s, want %s", i, g, w)
				}
			}
			places, isSingle, err := Locate(t.Context(), expression, body)
			if err != nil || len(places) != len(want) || isSingle != (expression == "$" || expression == "$.a[-1]") {
				t.Fatalf("places %v, %v, %v", places, isSingle, err)
			}
			var located []string
			for _, place := range places {
				g, _ := json.Marshal(at(v, place))
				located = append(located, string(g))
			}
			for _, x := range want { // in any order: the library locates in another one than it gets
				w, _ := json.Marshal(x)
				if i := slices.Index(located, string(w)); i >= 0 {
					located = slices.Delete(located, i, i+1)
				}
			}
			if len(located) > 0 {
				t.Errorf("places %v, which the path does not select: %v", places, located)
			}
		})
	}
	if places, _, err := Locate(t.Context(), "$.a[0]..[", body); err == nil {
		t.Errorf("an invalid path: %v", places)
	}
}

// at returns the value at a place.
func at(v any, place Place) any {
	for _, step := range place {
		if name, ok := step.(string); ok {
			v, _ = v.(*object).ValueForKey(name)
			continue
		}
		list := v.([]any)
		v = list[(step.(int)+len(list))%len(list)]
	}
	return v
}
