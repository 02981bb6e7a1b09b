package lex_test

import (
	"testing"

	"github.com/spectap/spectap/flow/redact/lex"
)

// TestBracketLen measures brackets that are percent-encoded up to twice.
func TestBracketLen(t *testing.T) {
	for _, x := range []struct {
		text string
		k    int
		want int
	}{
		{"[a", 0, 1}, {"a[", 1, 1}, {"%5Ba", 0, 3}, {"%5b", 0, 3}, {"a%255B", 1, 5}, {"%255b0", 0, 5},
		{"", 0, 0}, {"a", 0, 0}, {"]", 0, 0}, {"%", 0, 0}, {"%5", 0, 0}, {"%5D", 0, 0}, {"%25", 0, 0}, {"%255", 0, 0}, {"%25255B", 0, 0},
	} {
		if got := lex.BracketLen(x.text, x.k, '[', "5B"); got != x.want {
			t.Errorf("%q at %d: %d, want %d", x.text, x.k, got, x.want)
		}
	}
}

// TestSkipVisibility skips what PHP writes after the name of a property, up to the bracket.
func TestSkipVisibility(t *testing.T) {
	for text, want := range map[string]int{
		":protected] => x": len(":protected"), `:"App\User":private]=>`: len(`:"App\User":private`), ":public]": 0, ":private": 0, "": 0, "]": 0,
		"private]": 0,
	} {
		if got := lex.SkipVisibility(text, 0); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
