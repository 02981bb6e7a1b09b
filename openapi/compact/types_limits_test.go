package compact

import (
	"strings"
	"testing"
)

// TestEnums checks how many values of an enum are written, by their number and by their length.
func TestEnums(t *testing.T) {
	list := func(value string, n int) string { return strings.TrimSuffix(strings.Repeat(value+",", n), ",") }
	union := func(value string, n int) string { return strings.TrimSuffix(strings.Repeat(value+"|", n), "|") }
	long := `"` + strings.Repeat("x", 88) + `"` // with the bar, 91 bytes
	for _, c := range []struct{ values, want string }{
		{list(`1`, 40), union(`1`, 40)},
		{list(`1`, 41), union(`1`, 40) + `|…1 more`},
		{list(`1`, 50), union(`1`, 40) + `|…10 more`},
		{list(long, 6), union(long, 6)},
		{list(long, 7), union(long, 6) + `|…1 more`},
		{list(long, 9) + ",1", union(long, 6) + `|…4 more`},
		{`"` + strings.Repeat("x", 98) + `"`, `"` + strings.Repeat("x", 98) + `"`},
	} {
		_, text, _ := strings.Cut(form(t, load(t, document(`{"enum":[`+c.values+`]}`))).String(), "\ntype X = ")
		if got, _, _ := strings.Cut(text, "\n"); got != c.want {
			t.Errorf("%.100s\n got %s\nwant %s", c.values, got, c.want)
		}
	}
}

// TestLongTexts checks how texts of a schema are cut, and that names never are.
func TestLongTexts(t *testing.T) {
	text := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct{ schema, want string }{
		{`{"const":"` + text(100) + `"}`, `"` + text(100) + `"`},
		{`{"const":"` + text(101) + `"}`, `"` + text(100) + `…"`},
		{`{"type":"string","pattern":"` + text(101) + `"}`, `string~"` + text(100) + `…"`},
		{`{"const":["` + text(190) + `","y"]}`, `["` + text(190) + `","y"]`},
		{`{"const":["` + text(200) + `"]}`, `["` + text(198) + `…`},
		{`{"type":"string","format":"` + text(201) + `"}`, `string<` + text(200) + `…>`},
		{`{"properties":{"` + text(200) + `":{}}}`, `{` + text(200) + `?:any}`},
		{`{"properties":{"` + text(201) + `":{}}}`, `{"` + text(201) + `"?:any}`},
	} {
		_, line, _ := strings.Cut(form(t, load(t, document(c.schema))).String(), "\ntype X = ")
		if got, _, _ := strings.Cut(line, "\n"); got != c.want {
			t.Errorf("%.100s\n got %s\nwant %s", c.schema, got, c.want)
		}
	}
}

// TestRanges checks how sizes, bounds and remarks are written at their limits.
func TestRanges(t *testing.T) {
	for _, c := range []struct{ schema, want string }{
		{`{"type":"array","prefixItems":[{"type":"string"}],"items":false}`, `[string]`},
		{`{"type":"array","prefixItems":[{"type":"string"}]}`, `[string]`},
		{`{"type":"array","prefixItems":[{"type":"string"}],"items":true}`, `[string, ...any]`},
		{`{"type":"array","prefixItems":[{"type":"string"}],"items":false,"minItems":1,"maxItems":2}`, `[string](1..2)`},
		{`{"type":"array","items":{"type":"string"},"minItems":0,"maxItems":3}`, `string[..3]`},
		{`{"type":"array","items":{"type":"string"},"minItems":3,"maxItems":3}`, `string[3]`},
		{`{"type":"array","items":{"type":"string"},"minItems":0}`, `string[]`},
		{`{"type":"array","items":{"type":"string"},"uniqueItems":true}`, `string[unique]`},
		{`{"type":"array","items":{"type":"string"},"uniqueItems":false}`, `string[]`},
		{`{"type":"array","items":{"oneOf":[{"type":"string"},{"type":"integer"}]}}`, `(string|int)[]`},
		{`{"type":"string","minLength":0}`, `string`},
		{`{"type":"string","minLength":1}`, `string(1..)`},
		{`{"type":"integer","minimum":0,"maximum":0}`, `int(0..0)`},
		{`{"type":"integer","minimum":-1,"exclusiveMaximum":2}`, `int(-1..<2)`},
		{`{"type":"object","minProperties":1,"additionalProperties":{"type":"string"}}`, `map<string>(1..)`},
		{`{"properties":{"a":{"type":"string","writeOnly":true},"b":{"type":"integer","default":0},"c":{"type":"boolean","x-spectap-always-sent":3}}}`,
			`{a?,writeonly b?:int=0 c?:bool,sent}`},
	} {
		line := ""
		for l := range strings.Lines(form(t, load(t, document(c.schema))).String()) {
			if rest, ok := strings.CutPrefix(l, "type X = "); ok {
				line = strings.TrimSuffix(rest, "\n")
			}
		}
		if line != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.schema, line, c.want)
		}
	}
}
