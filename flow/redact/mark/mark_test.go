package mark_test

import (
	"slices"
	"testing"

	"github.com/spectap/spectap/flow/redact/mark"
)

// TestAlign checks what placeholders stand for, and that texts which differ in more than
// placeholders have no alignment.
func TestAlign(t *testing.T) {
	const p, q = "[redacted:secret:0123456789]", "[redacted:token:abcdef0123]"
	for _, tt := range []struct {
		name, masked, plain string
		want                [][2]string // nil: no alignment
	}{
		{"none", "a b", "a b", [][2]string{}},
		{"one", "a=" + p + ";", "a=x;", [][2]string{{p, "x"}}},
		{"at the ends", p + "-" + q, "x-yz", [][2]string{{p, "x"}, {q, "yz"}}},
		{"one secret twice", p + "-" + p, "x-x", [][2]string{{p, "x"}, {p, "x"}}},
		{"one placeholder for two secrets", p + "-" + p, "x-y", [][2]string{{p, "x"}, {p, "y"}}},
		{"a number", `{"a":"` + p + `","b":1}`, `{"a":42,"b":1}`, [][2]string{{`"` + p + `"`, "42"}}},
		{"a string", `{"a":"` + p + `","b":1}`, `{"a":"42","b":1}`, [][2]string{{p, "42"}}},
		{"a text with one quote before", `"` + p + `.`, `"x.`, [][2]string{{p, "x"}}},
		{"a text with one quote behind", `.` + p + `"`, `.x"`, [][2]string{{p, "x"}}},
		{"a text behind a quote at the end", `"` + p, `"x`, [][2]string{{p, "x"}}},
		{"a text before a quote at the start", p + `"`, `x"`, [][2]string{{p, "x"}}},
		{"a number as the whole text", `"` + p + `"`, `42`, [][2]string{{`"` + p + `"`, "42"}}},
		{"two numbers", `["` + p + `","` + q + `"]`, `[42,43]`, [][2]string{{`"` + p + `"`, "42"}, {`"` + q + `"`, "43"}}},
		{"a secret with a quote", `["` + p + `","` + q + `"]`, `["a\",b","c"]`, [][2]string{{p, `a\",b`}, {q, "c"}}},
		{"a secret with a backslash at the end", `["` + p + `","` + q + `"]`, `["a\\","c"]`, [][2]string{{p, `a\\`}, {q, "c"}}},
		{"a secret of JSON in JSON", `"{\"a\":\"` + p + `\",\"b\":\"` + q + `\"}"`, `"{\"a\":\"x\",\"b\":\"y\"}"`, [][2]string{{p, "x"}, {q, "y"}}},
		{"empty secret", "a=" + p + ";", "a=;", nil},
		{"other text before", "a=" + p, "b=x", nil},
		{"other text between", p + "-" + q, "x+y", nil},
		{"other text after", p + ";", "x.", nil},
		{"other text without placeholders", "a", "b", nil},
		{"nothing between", p + q, "xy", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := mark.Align(tt.masked, tt.plain)
			if ok != (tt.want != nil) || ok && !slices.Equal(got, tt.want) {
				t.Errorf("got %v, %v", got, ok)
			}
		})
	}
}
