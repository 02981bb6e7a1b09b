package route

import (
	"strings"
	"testing"
)

// named returns candidates with these names; a name after "#" has no node of its own, and one after
// "!" was refused.
func named(names string) (out []*candidate) {
	for name := range strings.FieldsSeq(names) {
		text := strings.TrimLeft(name, "#!")
		out = append(out, &candidate{decoded: text, shape: shapeOf(text), ownNode: name[0] != '#', refused: name[0] == '!'})
	}
	return out
}

// TestWordsOfNames checks what a name says of itself.
func TestWordsOfNames(t *testing.T) {
	for _, tt := range []struct {
		name    string
		f       func(*candidate) bool
		yes, no string
	}{
		{"isMarkedWord", func(c *candidate) bool { return isMarkedWord(c.decoded) },
			"_search $validate _apis _a_b _ab-c $ab _AZaz", "search _ $ _a __a _-a _a1 -search _a.b _a{ @search"},
		{"isNumericVersion", isNumericVersion, "2 1.1 2024-01-01", "v2 two #2 a1b2c3d4e5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, c := range named(tt.yes) {
				if !tt.f(c) {
					t.Errorf("%s: false", c.decoded)
				}
			}
			for _, c := range named(tt.no) {
				if tt.f(c) {
					t.Errorf("%s: true", c.decoded)
				}
			}
		})
	}
}

// TestCodesOfSiblings checks when all names of a level are codes of two letters.
func TestCodesOfSiblings(t *testing.T) {
	for names, want := range map[string]bool{
		"en de": true, "en de 7": true, "en": false, "en 7": false, "en users": false, "en #de": false, "7 8": false, "": false, "pt-BR en": true,
	} {
		if got := areCodes(named(names)); got != want {
			t.Errorf("%s: got %t", names, got)
		}
	}
}
