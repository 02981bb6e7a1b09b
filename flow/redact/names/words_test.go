package names_test

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact/names"
)

// classNames are the classes of words in testdata/words.txt.
var classNames = map[names.Sensitivity]string{names.Plain: "plain", names.Identifier: "identifier", names.Weak: "weak",
	names.Secret: "secret", names.Personal: "personal", names.OneTime: "one-time", names.Below: "below", names.Shown: "shown"}

// wordTests ask what a name is. The keys are the headings in testdata/words.txt.
var wordTests = map[string]func(string) string{
	"the value of a member": func(n string) string { return classNames[names.SensitivityOf(n)] },
	"the value of a member below a secret one": func(n string) string {
		return classNames[names.OfBelow(n, names.SensitivityOf(n))]
	},
	"the segment of a path after another": func(n string) string { return classNames[names.OfNextSegment(n)] },
	"a segment after the name of a secret": func(n string) string {
		return map[bool]string{true: "a word of the API", false: "the secret"}[names.IsPathLiteral("password", n)]
	},
	"a member beside others": func(n string) string {
		return map[names.PairRole]string{names.NoRole: "none", names.NamesRole: "name", names.TypesRole: "type", names.PathRole: "path",
			names.ValueRole: "value", names.ChangeRole: "change", names.TextRole: "text"}[names.PairRoleOf(n)]
	},
	"whether short values are kept as text": func(n string) string {
		return map[bool]string{true: "kept", false: "not kept"}[names.CanKeepText(n)]
	},
	"a list or object of a member": func(n string) string {
		switch {
		case names.ListsColumns(n):
			return "columns of a table"
		case names.HoldsRow(n):
			return "row of a table"
		case names.HoldsLogin(n):
			return "user and password"
		case names.MarksSecret(n):
			return "marks a secret"
		}
		return "none"
	},
	"the object of a change": func(n string) string {
		return map[bool]string{true: "old and new value", false: "none"}[names.CarriesChange(n)]
	},
	"a value after a label": func(n string) string {
		return map[bool]string{true: "a type", false: "a value"}[names.IsTypeWord(n)]
	},
}

// TestWords checks each word that the package knows: testdata/words.txt lists, under a heading for
// each question, the answers and the names that get them. A word that is lost, or that moves to
// another class, changes what is redacted.
func TestWords(t *testing.T) {
	f, err := os.Open("testdata/words.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var heading, class string
	checked := 0
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "# "):
			heading = line[2:]
			if wordTests[heading] == nil {
				t.Fatalf("unknown heading %q", heading)
			}
			continue
		case strings.HasSuffix(line, ":"):
			class = strings.TrimSuffix(line, ":")
			continue
		}
		for _, name := range strings.Fields(line) {
			checked++
			if got := wordTests[heading](name); got != class {
				t.Errorf("%s, %s: %s, want %s", heading, name, got, class)
			}
		}
	}
	if lines.Err() != nil || checked < 1000 {
		t.Errorf("%d names checked: %v", checked, lines.Err())
	}
}
