package arch

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"strings"
)

// testName finds the names of tests in documents.
var testName = regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z]\w*`)

// CheckDocTests finds documents that name a test that does not exist.
func CheckDocTests(t *Tree) (broken []string) {
	tests := map[string]bool{}
	for _, p := range t.Packages {
		for _, f := range p.Files {
			for _, decl := range f.AST.Decls {
				if fn, ok := decl.(*ast.FuncDecl); ok && f.Test {
					tests[fn.Name.Name] = true
				}
			}
		}
	}
	for _, d := range t.Docs {
		for i, line := range strings.Split(d.Text, "\n") {
			for _, name := range testName.FindAllString(line, -1) {
				if !tests[name] {
					broken = append(broken, fmt.Sprintf("%s:%d names %s, which does not exist", d.Path, i+1, name))
				}
			}
		}
	}
	return broken
}

// CheckOverview finds packages that ARCHITECTURE.md does not name. There, "…" stands for the
// beginning of a path.
func CheckOverview(t *Tree) (broken []string) {
	for _, d := range t.Docs {
		if d.Path != "ARCHITECTURE.md" {
			continue
		}
		for _, p := range t.Packages {
			if len(p.code()) > 0 && !strings.Contains(d.Text, "`"+p.Path+"`") &&
				!strings.Contains(d.Text, "`…/"+path.Base(p.Path)+"`") {
				broken = append(broken, fmt.Sprintf("%s does not name %s: say what it is for", d.Path, p.Path))
			}
		}
	}
	return broken
}
