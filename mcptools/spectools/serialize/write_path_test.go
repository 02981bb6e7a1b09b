package serialize

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// TestHasDotSegment finds the segments "." and ".." as some server may read them, and nothing else.
func TestHasDotSegment(t *testing.T) {
	for text, want := range map[string]bool{
		".": true, "..": true, "a/..": true, "../a": true, `a\..\b`: true, "..;v=1": true, ".;": true,
		" ..": true, "..\t": true, "..\x7f": true, "\x00.": true, "a/ . /b": true,
		"%2e": true, "%2E%2e": true, "a%2f..": true, "..%3bv": true, "%252e": true, "%25252e": true, "%2e%20": true,
		"": false, "...": false, ".a": false, "a.": false, "a..b": false, "..a/b..": false, "a;..": false, ". .": false, "%2e%2": false,
		"a%2525": false, "\u00a0..": false,
	} {
		if got := HasDotSegment(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
	for n := range 6 { // escaped n times more often than once
		if text := "a%" + strings.Repeat("25", n) + "20b"; HasDotSegment(text) != (n > 2) {
			t.Errorf("%s: %t", text, n <= 2)
		}
	}
}

// TestMultiSegment escapes each segment of a value that spans several.
func TestMultiSegment(t *testing.T) {
	for value, want := range map[string]string{`"b/c d/e"`: "b/c%20d/e", `"b"`: "b", `7`: "7", `"b?/c#"`: "b%3F/c%23"} {
		o := operationOf(t, Parameter{In: "path", MultiSegment: true}, `{"type":["string","integer"]}`)
		args := `{"x":` + value + `}`
		c, problem := o.Request(objectOf(t, args))
		if problem != nil || sent(c, "path") != want {
			t.Errorf("%s: %s, %v", value, sent(c, "path"), problem)
			continue
		}
		back, err := o.Arguments(map[string]string{"n": want}, captured(c))
		if err != nil || string(orderedjson.Encode(back)) != args {
			t.Errorf("%s: read %s, %v", value, orderedjson.Encode(back), err)
		}
	}
}
