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
