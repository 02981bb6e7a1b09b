package fit

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/extract"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// TestNothingAt checks what is said of a path that selects nothing.
func TestNothingAt(t *testing.T) {
	many := func(n int) string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf(`"m%d":1`, i))
		}
		return "{" + strings.Join(out, ",") + "}"
	}
	for _, tt := range []struct{ value, path, want string }{
		{`{"a":{"b":[1,2]},"c":"text","d":1,"e":{}}`, "$.x", "$ has the members a, c, d, e"},
		{`{"a":{"b":[1,2]}}`, "$.a.x", "$.a has the members b"},
		{`{"a":{"b":[1,2]}}`, "$.a.b[2]", "$.a.b has 2 elements"},
		{`{"a":{"b":[1,2]}}`, "$.a.b[1].c", "$.a.b[1] is a single value"},
		{`{"a":{"b":[1,2]}}`, "$.a.b[0].c", "$.a.b[0] is a single value"},
		{`{"a":{"b":[1,2]}}`, "$.a.b.c", "$.a.b has 2 elements"},
		{`{"a":{}}`, "$.a.b", "$.a has no members"},
		{`{"a":"äö"}`, "$.a[0]", "$.a is a text of 4 bytes"},
		{`{"a":null}`, "$.a.b", "$.a is a single value"},
		{many(20), "$.x", "$ has the members m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19"},
		{many(22), "$.x", "$ has the members m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19 and 2 more"},
		{`{"a":1}`, "$..x", ""},
	} {
		want := "selects nothing"
		if tt.want != "" {
			want += ": " + tt.want
		}
		if err := NothingAt(tt.path, decode(t, tt.value)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", tt.path, err, want)
		}
	}
}

// TestCheckOffset checks at which offsets a value can begin.
func TestCheckOffset(t *testing.T) {
	for _, tt := range []struct {
		value  string
		offset int
		want   string // of the error
	}{
		{`[1,2]`, 2, ""}, {`[1,2]`, 3, "is inside a character or beyond the end: $.p has 2 elements"},
		{`{"a":1}`, 1, ""}, {`{"a":1}`, 2, "is inside a character or beyond the end: $.p has the members a"},
		{`"aä"`, 1, ""}, {`"aä"`, 2, "is inside a character or beyond the end"}, {`"aä"`, 3, ""},
		{`"aä"`, 4, "is inside a character or beyond the end: $.p is a text of 3 bytes"},
		{`1`, 0, ""}, {`1`, 1, "is inside a character or beyond the end: $.p is a single value"},
	} {
		err := CheckOffset(decode(t, tt.value), extract.Place{"p"}, tt.offset)
		if (err == nil) != (tt.want == "") || err != nil && (!errors.Is(err, ErrOffset) || err.Error() != tt.want) {
			t.Errorf("%s at %d: %v, want %s", tt.value, tt.offset, err, tt.want)
		}
	}
}

// TestEdges checks values that fit exactly, and what is left out with a byte less.
func TestEdges(t *testing.T) {
	long := strings.Repeat("x", 40)
	for _, tt := range []struct {
		in     string
		offset int
		less   int // than the size of the JSON
		want   string
		cuts   string // with the bytes that are left out
	}{
		{`[1,22,333]`, 0, 0, `[1,22,333]`, ""},
		{`[1,22,333]`, 0, 1, `[1,22]`, "$ 2/3 elements, 3"},
		{`[1,22,333]`, 0, 4, `[1,22]`, "$ 2/3 elements, 3"},
		{`[1,22,333]`, 0, 5, `[1]`, "$ 1/3 elements, 6"},
		{`[1,22,333]`, 1, 1, `[22,333]`, ""},
		{`[1,22,333]`, 1, 3, `[22]`, "$ 2/3 elements, 3"},
		{`[1,22,333]`, 9, 0, `[]`, ""},
		{`[[1,2,3],4]`, 0, 1, `[[1,2,3]]`, "$ 1/2 elements, 1"},
		{`[[1,2,3],4]`, 0, 3, `[[1,2]]`, "$[0] 2/3 elements, 1; $ 1/2 elements, 1"},
		{`[5,[1,2,3],4]`, 1, 5, `[[1,2]]`, "$[1] 2/3 elements, 1; $ 2/3 elements, 1"},
		{`{"a":1,"b":2}`, 0, 0, `{"a":1,"b":2}`, ""},
		{`{"a":1,"b":2}`, 0, 1, `{"a":1}`, "$ 1/2 members, 1"},
		{`{"a":1,"b":22,"c":333}`, 0, 1, `{"a":1,"b":22}`, "$ 2/3 members, 3"},
		{`{"a":1,"b":22,"c":333}`, 1, 7, `{"b":22}`, "$ 2/3 members, 3"},
		{`{"a":1,"b":22,"c":333}`, 1, 6, `{"b":22,"c":333}`, ""},
		{`{"a":1,"b":22,"c":333}`, 9, 0, `{}`, ""},
		{`{"a":"` + long + `","b":1}`, 0, 1, `{"b":1}`, "$.a 0/40 bytes, 42"},
		{`{"a":"` + strings.Repeat("x", 14) + `","b":1}`, 0, 1, `{"a":"` + strings.Repeat("x", 14) + `"}`, "$ 1/2 members, 1"},
		{`{"a":[1,2,3,4,5,6,7,8,9],"b":[1,2,3,4,5,6,7,8,9]}`, 0, 2, `{"a":[1,2,3,4,5,6,7,8],"b":[1,2,3,4,5,6,7,8]}`, "$.a 8/9 elements, 1; $.b 8/9 elements, 1"},
		{`"one\ntwo\nthree"`, 0, 0, `"one\ntwo\nthree"`, ""},
		{`"one\ntwo\nthree"`, 0, 3, `"one\ntwo\n"`, "$ 8/13 bytes, 5"},
		{`"one\ntwo\nthree"`, 4, 8, `"two\nthre"`, "$ 12/13 bytes, 1"},
		{`"one\ntwo\nthree"`, 4, 9, `"two\n"`, "$ 8/13 bytes, 5"},
	} {
		v := decode(t, tt.in)
		got, cuts := Value(v, nil, tt.offset, len(orderedjson.Encode(v))-tt.less)
		var said []string
		for _, c := range cuts {
			said = append(said, fmt.Sprintf("%s %d/%d %s, %d", c.Place, c.Kept, c.Total, c.Unit, c.Left))
		}
		if s := string(orderedjson.Encode(got)); s != tt.want || strings.Join(said, "; ") != tt.cuts {
			t.Errorf("%s from %d, %d bytes less: %s and %s\nwant %s and %s", tt.in, tt.offset, tt.less, s, strings.Join(said, "; "), tt.want, tt.cuts)
		}
	}
	for _, tt := range []struct {
		sizes       []int
		limit, want int
	}{{[]int{5, 1, 9}, 15, 1 << 30}, {[]int{5, 1, 9}, 14, 8}, {[]int{5, 1, 9}, 11, 5}, {[]int{5, 1, 9}, 3, 1}, {[]int{5, 1, 9}, 2, 0}, {nil, 0, 1 << 30}} {
		if got := Share(tt.sizes, tt.limit); min(got, 1<<30) != tt.want {
			t.Errorf("%d of %v: %d, want %d", tt.limit, tt.sizes, got, tt.want)
		}
	}
}
