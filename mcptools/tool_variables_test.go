package mcptools

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestFindWithin compares a search that ends with its call with one of package regexp.
func TestFindWithin(t *testing.T) {
	for _, tt := range []struct{ name, pattern, text string }{
		{"group", `token=(\w+)`, "a token=xyz b"},
		{"group that does not take part", `(a)|(b)`, "b"},
		{"several bytes", `é(.)`, "xéü"},
		{"not UTF-8", `b(c)`, "\xffbc"},
		{"no match", `z`, "abc"},
		{"empty", `^$`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			re := regexp.MustCompile(tt.pattern)
			got, err := findWithin(t.Context(), re, tt.text)
			if want := re.FindStringSubmatch(tt.text); err != nil || !slices.Equal(got, want) {
				t.Errorf("%q, %v; want %q", got, err, want)
			}
		})
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := findWithin(ended, regexp.MustCompile("a"), "a"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, _, err := (&contextRunes{ctx: ended, Reader: strings.NewReader("a")}).ReadRune(); !errors.Is(err, context.Canceled) {
		t.Errorf("a search goes on after its call: %v", err)
	}
}
