package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestRaceless checks that the packages that "make race" leaves out start no goroutine, neither in
// their code nor in their tests: the detector could find nothing there.
func TestRaceless(t *testing.T) {
	text, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`(?m)^RACELESS = ((?:.*\\\n)*.*)$`).FindSubmatch(text)
	if list == nil {
		t.Fatal("the Makefile has no RACELESS")
	}
	for _, name := range strings.Fields(strings.ReplaceAll(string(list[1]), "\\", "")) {
		files, err := filepath.Glob(filepath.Join("../..", name, "*.go"))
		if err != nil || len(files) == 0 {
			t.Errorf("%s has no files: %v", name, err)
		}
		for _, path := range files {
			if at := startsGoroutine(t, path); at != "" {
				t.Errorf("%s starts a goroutine: remove %s from RACELESS", at, name)
			}
		}
	}
	if startsGoroutine(t, "../../capture/queue.go")+startsGoroutine(t, "../../store/write.go") == "" {
		t.Error("no goroutine is found in files that start some")
	}
}

// starters are functions that start goroutines, or servers that do.
var starters = map[string]bool{
	"Go": true, "Parallel": true, "RunParallel": true, "AfterFunc": true, "NewServer": true, "NewTLSServer": true, "NewUnstartedServer": true,
	"Serve": true, "ListenAndServe": true, "Pipe": true,
}

// startsGoroutine returns the first place of a file that starts a goroutine, or "".
func startsGoroutine(t *testing.T, path string) string {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	at := ""
	ast.Inspect(file, func(n ast.Node) bool {
		found := false
		switch n := n.(type) {
		case *ast.GoStmt:
			found = true
		case *ast.CallExpr:
			f, ok := n.Fun.(*ast.SelectorExpr)
			found = ok && starters[f.Sel.Name]
		}
		if found && at == "" {
			at = set.Position(n.Pos()).String()
		}
		return at == ""
	})
	return at
}
