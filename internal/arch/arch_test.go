package arch

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
)

// rules lists all rules. The file testdata/NAME.txtar has a tree that breaks the rule NAME.
var rules = []struct {
	name  string
	check func(*Tree) []string
}{
	{"libraries", CheckLibraries},
	{"packages", CheckPackages},
	{"connections", CheckConnections},
	{"outlets", CheckOutlets},
	{"purity", CheckPurity},
	{"files", CheckFiles},
	{"functions", CheckFunctions},
	{"package_docs", CheckPackageDocs},
	{"package_names", CheckPackageNames},
	{"columns", CheckColumns},
	{"doc_columns", CheckDocColumns},
	{"doc_tests", CheckDocTests},
	{"overview", CheckOverview},
}

// TestTree applies every rule to this module.
func TestTree(t *testing.T) {
	tree, err := Load(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Packages) < 20 || len(tree.Docs) < 10 {
		t.Fatalf("found only %d packages and %d documents", len(tree.Packages), len(tree.Docs))
	}
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			for _, broken := range rule.check(tree) {
				t.Error(broken)
			}
		})
	}
}

// TestRulesCanFail applies each rule to a tree that breaks it in known places and nowhere else. The
// comment of the archive lists these places, one per line, by a text that the message must contain.
func TestRulesCanFail(t *testing.T) {
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			ar, err := txtar.ParseFile("testdata/" + rule.name + ".txtar")
			if err != nil {
				t.Fatal(err)
			}
			tree, err := Load(files(ar))
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Split(strings.TrimSpace(string(ar.Comment)), "\n")
			got := rule.check(tree)
			if len(got) != len(want) {
				t.Errorf("%d places break the rule, want %d", len(got), len(want))
			}
			all := strings.Join(got, "\n")
			for _, w := range want {
				if !strings.Contains(all, w) {
					t.Errorf("no message has %q; all messages:\n%s", w, all)
				}
			}
		})
	}
}

// files returns the files of an archive as a file system. A line "REPEAT N TEXT" is expanded to N
// lines TEXT.
func files(ar *txtar.Archive) fs.FS {
	m := fstest.MapFS{}
	for _, f := range ar.Files {
		m[f.Name] = &fstest.MapFile{Data: expand(f.Data)}
	}
	return m
}

// expand replaces each line "REPEAT N TEXT" by N lines TEXT, which keeps archives of long files
// short.
func expand(data []byte) []byte {
	var out bytes.Buffer
	for line := range bytes.Lines(data) {
		var n int
		if _, err := fmt.Sscanf(string(line), "REPEAT %d ", &n); err == nil {
			_, text, _ := bytes.Cut(line[len("REPEAT "):], []byte(" "))
			line = bytes.Repeat(text, n)
		}
		out.Write(line)
	}
	return out.Bytes()
}
