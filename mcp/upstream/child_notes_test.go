package upstream

import (
	"strings"
	"testing"
)

// TestNotes checks which line of what a server writes to stderr explains why it ended.
func TestNotes(t *testing.T) {
	long := strings.Repeat("x", 299)
	for _, tt := range []struct {
		name   string
		writes []string
		want   string
	}{
		{"none", nil, ""},
		{"one line", []string{"ab\n"}, "ab"},
		{"several lines", []string{"a\nb\n"}, "b"},
		{"lines behind each other", []string{"a\n", "b\n"}, "b"},
		{"blank lines at the end", []string{"a\n", "\n", " \n\n"}, "a"},
		{"spaces around", []string{"a\n  b \n"}, "  b"},
		{"longest", []string{long + "y\n"}, long + "y"},
		{"longer", []string{long + "yz\n"}, long + "y"},
		{"behind much", []string{strings.Repeat("x", 1<<16) + "\nlast\n"}, "last"},
		{"before many blank lines", []string{"a\n" + strings.Repeat("\n", 1198)}, "a"},
		{"longest before many blank lines", []string{long + "y" + strings.Repeat("\n", 900)}, long + "y"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var passed strings.Builder
			n := &notes{w: &passed}
			for _, text := range tt.writes {
				if k, err := n.Write([]byte(text)); k != len(text) || err != nil {
					t.Fatal(k, err)
				}
			}
			if got := n.last(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if passed.String() != strings.Join(tt.writes, "") {
				t.Errorf("passed on %q", passed.String())
			}
		})
	}
}

// TestNotesAreBounded checks how much of what a server writes to stderr is passed on. What is not is
// still known when it ends.
func TestNotesAreBounded(t *testing.T) {
	const end = "\n(the rest of what the MCP server writes to stderr is dropped)\n"
	for _, tt := range []struct {
		name   string
		before int
		writes []string
		want   string // after the bytes before
	}{
		{"two bytes are left", maxNotes - 2, []string{"a"}, "a"},
		{"one byte is left", maxNotes - 1, []string{"a", "b", "c"}, "a" + end},
		{"fewer are left than come", maxNotes - 1, []string{"abc", "d"}, "a" + end},
		{"none is left", maxNotes, []string{"a"}, end},
	} {
		var passed strings.Builder
		n := &notes{w: &passed}
		for _, text := range append([]string{strings.Repeat("x", tt.before)}, tt.writes...) {
			if k, err := n.Write([]byte(text)); k != len(text) || err != nil {
				t.Fatal(k, err)
			}
		}
		if got := passed.String()[tt.before:]; got != tt.want {
			t.Errorf("%s: %q is passed on, want %q", tt.name, got, tt.want)
		}
		if got, want := n.last(), tt.writes[len(tt.writes)-1]; got != want {
			t.Errorf("%s: the last line is %q, want %q", tt.name, got, want)
		}
	}
	n := &notes{}
	if n.Write([]byte("a")); n.last() != "a" {
		t.Error("a server whose stderr goes nowhere has no last line")
	}
}
