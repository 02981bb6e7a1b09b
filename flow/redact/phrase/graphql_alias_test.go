package phrase

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestAliases reads the names that a query gives to secrets in its response.
func TestAliases(t *testing.T) {
	for _, tt := range []struct {
		query string
		want  []string
	}{
		{"{me{note:password}}", []string{"note"}},
		{"query Q { me { a : apiKey, b:\n# a comment: x\naccessToken, c: name } }", []string{"a", "b"}},
		{`{me(text: "x: password }", more: """a \\""" b: password""") {note:,password}}`, []string{"note"}},
		{"{note: password", []string{"note"}},
		{"{me{note: password(first: 3) other}}", []string{"note"}},
		{"{me{password note}}", nil},
		{"{keys: password {id}}", []string{"keys"}},
		{"query($note: Password, $b: String){login(password: $note)}", nil},
		{"{a: name} # note: password", nil},
		{`"""`, nil}, {`"`, nil}, {`"\`, nil}, {"", nil}, {":", nil}, {"#", nil},
	} {
		if got := Aliases(tt.query); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.query, got, tt.want)
		}
	}
	start := time.Now()
	for _, part := range []string{`"""`, "#\n", `"`, "a:", `\"""`, "é", " ,"} {
		Aliases(strings.Repeat(part, 1<<20/len(part)))
	}
	if spent := time.Since(start); spent > 20*time.Second {
		t.Errorf("7 MiB take %v", spent)
	}
}
