package arch

import (
	"bytes"
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of size, in lines and columns.
const (
	maxFileLines     = 500
	maxFunctionLines = 100
	maxCommentColumn = 100
	maxDocColumns    = 120
)

// CheckSizes finds files and functions that are too long, and init functions. Tests are exempt.
func CheckSizes(t *Tree) (broken []string) {
	for _, p := range t.Packages {
		for _, f := range p.code() {
			if n := bytes.Count(f.Src, []byte("\n")); n > maxFileLines {
				broken = append(broken, fmt.Sprintf("%s has %d lines, more than %d: split it by idea", f.Path, n, maxFileLines))
			}
			for _, decl := range f.AST.Decls {
				fn, ok := decl.(*ast.FuncDecl)
				if !ok {
					continue
				}
				if n := t.fset.Position(fn.End()).Line - t.fset.Position(fn.Pos()).Line + 1; n > maxFunctionLines {
					broken = append(broken, fmt.Sprintf("%s: %s has %d lines, more than %d", t.at(fn.Pos()), fn.Name.Name, n, maxFunctionLines))
				}
				if fn.Name.Name == "init" && fn.Recv == nil {
					broken = append(broken, t.at(fn.Pos())+": an init function runs before its caller can decide")
				}
			}
		}
	}
	return broken
}

// CheckColumns finds comments and lines of documents that are too long. Examples in comments and
// tests are exempt. In documents, tables, code, unbreakable text and generated pages are exempt.
func CheckColumns(t *Tree) (broken []string) {
	check := func(file string, line int, text string, limit int) {
		if n := utf8.RuneCountInString(strings.ReplaceAll(text, "\t", "    ")); n > limit {
			broken = append(broken, fmt.Sprintf("%s:%d has %d columns, more than %d", file, line+1, n, limit))
		}
	}
	for _, p := range t.Packages {
		for _, f := range p.code() {
			for i, line := range strings.Split(string(f.Src), "\n") {
				if strings.HasPrefix(strings.TrimSpace(line), "// ") {
					check(f.Path, i, line, maxCommentColumn)
				}
			}
		}
	}
	for _, d := range t.Docs {
		if strings.HasPrefix(d.Text, "<!-- Generated ") {
			continue
		}
		code := false
		for i, line := range strings.Split(d.Text, "\n") {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "```") {
				code = !code
			}
			if !code && !strings.HasPrefix(line, "|") && strings.Contains(line, " ") {
				check(d.Path, i, line, maxDocColumns)
			}
		}
	}
	return broken
}

// startWith finds in a package comment the file that a newcomer reads first.
var startWith = regexp.MustCompile(`(?:Start\s+with|Read)\s+([a-z0-9_]+\.go)`)

// CheckPackageDocs finds packages whose comment is missing or does not name the file to read first.
func CheckPackageDocs(t *Tree) (broken []string) {
	for _, p := range t.Packages {
		code, doc := p.code(), p.doc()
		if len(code) == 0 {
			continue
		}
		m := startWith.FindStringSubmatch(doc)
		switch {
		case doc == "":
			broken = append(broken, p.Path+" has no package comment")
		case len(code) > 1 && m == nil:
			broken = append(broken, p.Path+`: the package comment does not say which file to read first ("Read FILE.go first")`)
		case len(code) > 1 && !slices.ContainsFunc(code, func(f *File) bool { return path.Base(f.Path) == m[1] }):
			broken = append(broken, fmt.Sprintf("%s: the package comment names %s, which does not exist", p.Path, m[1]))
		}
	}
	return broken
}

// CheckDocuments finds folders at the top that ARCHITECTURE.md does not name, and records of
// decisions that their index does not list.
func CheckDocuments(t *Tree) (broken []string) {
	text := map[string]string{}
	for _, d := range t.Docs {
		text[d.Path] = d.Text
	}
	for _, d := range t.Docs {
		folder, name := path.Split(d.Path)
		if folder == "docs/decisions/" && name[0] == '0' && !strings.Contains(text[folder+"README.md"], "("+name+")") {
			broken = append(broken, d.Path+" is not listed in the index of decisions")
		}
	}
	seen := map[string]bool{}
	for _, p := range t.Packages {
		top, _, _ := strings.Cut(p.Path, "/")
		if !seen[top] && !strings.Contains(text["ARCHITECTURE.md"], "`"+top) {
			broken = append(broken, "ARCHITECTURE.md does not name "+top+": say what it is for")
		}
		seen[top] = true
	}
	return broken
}
