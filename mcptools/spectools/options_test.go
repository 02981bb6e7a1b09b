package spectools_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/spectools"
)

// TestLongPathsInNotes checks that notes stay short: a path of 100,000 parameters has as many notes.
func TestLongPathsInNotes(t *testing.T) {
	for _, tt := range []struct{ path, want string }{
		{"/a/{id}", "/a/{id}"},
		{strings.Repeat("a", 1000), strings.Repeat("a", 1000)},
		{strings.Repeat("a", 1001), strings.Repeat("a", 1000) + "…"},
		{strings.Repeat("a", 999) + "é", strings.Repeat("a", 999) + "…"},
	} {
		if got, want := (spectools.Note{Method: "GET", Path: tt.path, Text: "why"}).String(), "GET "+tt.want+": why"; got != want {
			t.Errorf("note: %q, want %q", got, want)
		}
		if got, want := (spectools.Skip{Method: "GET", Path: tt.path, Reason: "why"}).String(), "GET "+tt.want+": why"; got != want {
			t.Errorf("skip: %q, want %q", got, want)
		}
	}
}
