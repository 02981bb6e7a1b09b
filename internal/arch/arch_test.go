package arch

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/spectap/spectap/internal/test/must"
)

// checks are all rules.
var checks = []struct {
	name  string
	check func(*Tree) []string
}{
	{"libraries", CheckLibraries},
	{"areas", CheckAreas},
	{"sealed", CheckSealed},
	{"uses", CheckUses},
	{"sizes", CheckSizes},
	{"columns", CheckColumns},
	{"package docs", CheckPackageDocs},
	{"documents", CheckDocuments},
}

// TestTree applies every rule to this module.
func TestTree(t *testing.T) {
	tree := must.Get(Load(os.DirFS("../..")))
	if len(tree.Packages) < 20 || len(tree.Docs) < 10 {
		t.Fatalf("found only %d packages and %d documents", len(tree.Packages), len(tree.Docs))
	}
	for _, rule := range checks {
		t.Run(rule.name, func(t *testing.T) {
			for _, broken := range rule.check(tree) {
				t.Error(broken)
			}
		})
	}
}

// TestRulesCanFail applies the rules to a tree that breaks each of them. The comment of the archive
// lists the expected places, one per line; each message must contain its line. A line "REPEAT N
// TEXT" of a file stands for N lines TEXT.
func TestRulesCanFail(t *testing.T) {
	archive := must.Get(txtar.ParseFile("testdata/broken.txtar"))
	files := fstest.MapFS{}
	for _, f := range archive.Files {
		var text bytes.Buffer
		for line := range bytes.Lines(f.Data) {
			n := 1
			if _, err := fmt.Sscanf(string(line), "REPEAT %d ", &n); err == nil {
				line = bytes.SplitN(line, []byte(" "), 3)[2]
			}
			text.Write(bytes.Repeat(line, n))
		}
		files[f.Name] = &fstest.MapFile{Data: text.Bytes()}
	}
	tree := must.Get(Load(files))
	var got []string
	for _, rule := range checks {
		broken := rule.check(tree)
		if len(broken) == 0 {
			t.Errorf("%s: nothing breaks this rule", rule.name)
		}
		got = append(got, broken...)
	}
	want := strings.Split(strings.TrimSpace(string(archive.Comment)), "\n")
	all := strings.Join(got, "\n")
	if len(got) != len(want) {
		t.Errorf("%d places break a rule, want %d:\n%s", len(got), len(want), all)
	}
	for _, w := range want {
		if !strings.Contains(all, w) {
			t.Errorf("no message has %q; all messages:\n%s", w, all)
		}
	}
}
