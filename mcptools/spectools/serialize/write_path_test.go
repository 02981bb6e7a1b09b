package serialize

import (
	"strings"
	"testing"
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
