package compare

import (
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestBodies compares forms by their fields, JSON by its members, other texts by where they begin to
// differ, and what is no text by its size.
func TestBodies(t *testing.T) {
	const json, form, text = "application/json", "application/x-www-form-urlencoded", "text/plain"
	long := strings.Repeat("x", 50)
	for _, x := range []struct {
		name, aType, a, bType, b string
		want                     []string
	}{
		{"equal", text, "a", text, "a", nil},
		{"form", form, "a=1&b=2&c=%20", form, "a=1&b=3&c=+", []string{"body b differs 2|3"}},
		{"form and JSON", form, "a=1", json, `{"a":1}`, []string{`body  differs a=1|{"a":1}`}},
		{"JSON as text", text, `{"a":1}`, text, `{ "a":1, "b":true}`, []string{"body $.b only_b |true"}},
		{"JSON and no JSON", json, `{"a":1}`, json, `{"a":`, []string{`body  differs {"a":1}|{"a":`}},
		{"text", text, long + "one", text, long + "two", []string{"body  differs …" + long[:30] + "one|…" + long[:30] + "two"}},
		{"text after another start", text, "a" + long + long, text, "b" + long + long, []string{"body  differs a" + long + long[:49] + "…|b" + long + long[:49] + "…"}},
		{"text at the start", text, "one", text, "two", []string{"body  differs one|two"}},
		{"text after 30 bytes", text, long[:30] + "a", text, long[:30] + "b", []string{"body  differs " + long[:30] + "a|" + long[:30] + "b"}},
		{"text after 31 bytes", text, long[:31] + "a", text, long[:31] + "b", []string{"body  differs …" + long[:30] + "a|…" + long[:30] + "b"}},
		{"start of a text", text, long, text, long + "y", []string{"body  differs …" + long[:30] + "|…" + long[:30] + "y"}},
		{"no body", text, "", text, "a", []string{"body  only_b |a"}},
		{"bytes", "image/png", "\x00\x01", "image/png", "\x00", []string{"body  differs 2 bytes, image/png, not text|1 bytes, image/png, not text"}},
		{"bytes and text", "", "\x00\x01", text, "abc", []string{"body  differs 2 bytes, not text|3 bytes, text/plain"}},
		{"bytes and nothing", "image/png", "\x00", "", "", []string{"body  only_a 1 bytes, image/png, not text|"}},
		{"types", json, `{"a":1,"b":"1","c":null,"d":[],"e":{}}`, json, `{"a":true,"b":1,"c":0,"d":{},"e":[]}`,
			[]string{"body $.a differs 1|true", `body $.b differs "1"|1`, "body $.c differs null|0", "body $.d differs [0 elements]|{}", "body $.e differs {}|[0 elements]"}},
		{"names", json, `{"a b":1,"":1,"0a":1,"a0":1,"é":1}`, json, `{"a b":2,"":2,"0a":2,"a0":2,"é":2}`,
			[]string{`body $.a0 differs 1|2`, `body $[""] differs 1|2`, `body $["0a"] differs 1|2`, `body $["a b"] differs 1|2`, `body $["é"] differs 1|2`}},
		{"other objects", json, `{"a":{"b":1,"c":2}}`, json, `{"a":{"d":1,"e":2}}`,
			[]string{"body $.a.b only_a 1|", "body $.a.c only_a 2|", "body $.a.d only_b |1", "body $.a.e only_b |2"}},
		{"larger other objects", json, `{"a":{"b":1,"c":2,"f":3}}`, json, `{"a":{"d":1,"e":2}}`, []string{"body $.a differs {b, c, f}|{d, e}"}},
		{"texts like other values", json, `["true","x","{","","  "]`, json, `["false","y","[","z","z"]`,
			[]string{`body $[0] differs "true"|"false"`, "body $[1] differs x|y", `body $[2] differs "{"|"["`, `body $[3] differs ""|z`, `body $[4] differs "  "|z`}},
	} {
		t.Run(x.name, func(t *testing.T) {
			header := func(kind string) (h flow.Header) {
				if kind != "" {
					h = flow.Header{{Name: "Content-Type", Value: kind}}
				}
				return h
			}
			var c comparison
			c.body(header(x.aType), flow.Body{Data: []byte(x.a), Size: int64(len(x.a))}, header(x.bType), flow.Body{Data: []byte(x.b), Size: int64(len(x.b))})
			got := lines(c.result().Differences)
			slices.Sort(got)
			if !slices.Equal(got, x.want) || c.partly {
				t.Errorf("got %q\nwant %q", got, x.want)
			}
		})
	}
}

// TestBodiesInPart says that bodies with too many members or elements are compared in part.
func TestBodiesInPart(t *testing.T) {
	list := func(n int, last string) string { return "[" + strings.Repeat("1,", n-1) + last + "]" }
	for _, x := range []struct {
		a, b   string
		partly bool
		found  int
	}{
		{list(maxElements, "1"), list(maxElements, "2"), false, 1},
		{list(maxElements+1, "1"), list(maxElements+1, "2"), true, 0},
		{list(3, "1"), list(maxElements+1, "1"), false, 1}, // their lengths
	} {
		body := func(s string) flow.Body { return flow.Body{Data: []byte(s), Size: int64(len(s))} }
		var c comparison
		c.body(nil, body(x.a), nil, body(x.b))
		if got := c.result(); got.Partly != x.partly || len(got.Differences) != x.found {
			t.Errorf("%d and %d bytes: in part %t, %d differences", len(x.a), len(x.b), got.Partly, len(got.Differences))
		}
	}
	var c comparison
	c.body(nil, flow.Body{Data: []byte("a"), Size: 2, Truncated: true}, nil, flow.Body{Data: []byte("a"), Size: 1})
	if !c.result().Partly {
		t.Error("a body that was not recorded whole was compared whole")
	}
}
