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

// Limits of size, in lines, files and columns.
const (
	maxFileLines     = 500
	maxFunctionLines = 100
	maxColumns       = 160 // of code
	maxCommentColumn = 100
	maxDocColumns    = 120
	tabWidth         = 4
)

// CheckFiles finds files that are too long. Test files are exempt.
func CheckFiles(t *Tree) (broken []string) {
	t.eachFile(func(p *Package, f *File) {
		if n := lines(f); n > maxFileLines {
			broken = append(broken, fmt.Sprintf("%s has %d lines, more than %d: split it by idea", f.Path, n, maxFileLines))
		}
	})
	return broken
}

// CheckFunctions finds functions that are too long, and init functions.
func CheckFunctions(t *Tree) (broken []string) {
	t.eachFile(func(p *Package, f *File) {
		for _, decl := range f.AST.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := t.fset.Position(fn.End()).Line - t.fset.Position(fn.Pos()).Line + 1; n > maxFunctionLines {
				broken = append(broken, fmt.Sprintf("%s: %s has %d lines, more than %d", t.at(fn.Pos()), fn.Name.Name, n, maxFunctionLines))
			}
			if fn.Name.Name == "init" && fn.Recv == nil {
				broken = append(broken, fmt.Sprintf("%s: an init function runs before its caller can decide", t.at(fn.Pos())))
			}
		}
	})
	return broken
}

// startWith finds in a package comment the file that a newcomer reads first.
var startWith = regexp.MustCompile(`(?:Start\s+with|Read)\s+([a-z0-9_]+\.go)`)

// CheckPackageDocs finds packages whose comment is missing or does not name the file to read first.
func CheckPackageDocs(t *Tree) (broken []string) {
	for _, p := range t.Packages {
		code := p.code()
		if len(code) == 0 {
			continue
		}
		doc := p.doc()
		if doc == "" {
			broken = append(broken, p.Path+" has no package comment")
			continue
		}
		if len(code) == 1 {
			continue
		}
		m := startWith.FindStringSubmatch(doc)
		if m == nil {
			broken = append(broken, p.Path+`: the package comment does not say which file to read first ("Read FILE.go first")`)
		} else if !slices.ContainsFunc(code, func(f *File) bool { return path.Base(f.Path) == m[1] }) {
			broken = append(broken, fmt.Sprintf("%s: the package comment names %s, which does not exist", p.Path, m[1]))
		}
	}
	return broken
}

// CheckPackageNames finds packages whose name does not tell their purpose, such as util.
func CheckPackageNames(t *Tree) (broken []string) {
	for _, p := range t.Packages {
		switch path.Base(p.Path) {
		case "util", "utils", "common", "helpers", "misc", "pkg":
			broken = append(broken, p.Path+": name a package after what it does")
		}
	}
	return broken
}

// CheckColumns finds lines of code and of comments that are too long. Lines with strings, examples
// in comments and test files are exempt.
func CheckColumns(t *Tree) (broken []string) {
	t.eachFile(func(p *Package, f *File) {
		comments, raw := t.commentLines(f), t.rawLines(f)
		for i, line := range bytes.Split(f.Src, []byte("\n")) {
			n, limit := columns(string(line)), maxColumns
			if comments[i+1] {
				limit = maxCommentColumn
			} else if raw[i+1] || bytes.ContainsAny(line, "`\"") {
				continue
			}
			if n > limit && !bytes.Contains(line, []byte("//go:")) && !bytes.Contains(line, []byte("//\t")) {
				broken = append(broken, fmt.Sprintf("%s:%d has %d columns, more than %d", f.Path, i+1, n, limit))
			}
		}
	})
	return broken
}

// commentLines returns the lines of a file that hold nothing but a comment.
func (t *Tree) commentLines(f *File) map[int]bool {
	found := map[int]bool{}
	for _, g := range f.AST.Comments {
		for _, c := range g.List {
			pos := t.fset.Position(c.Pos())
			if strings.TrimSpace(string(f.Src[pos.Offset-pos.Column+1:pos.Offset])) == "" {
				found[pos.Line] = true
			}
		}
	}
	return found
}

// rawLines returns the lines of a file that lie in a string of several lines.
func (t *Tree) rawLines(f *File) map[int]bool {
	found := map[int]bool{}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok {
			for l := t.fset.Position(lit.Pos()).Line; l < t.fset.Position(lit.End()).Line; l++ {
				found[l+1] = true
			}
		}
		return true
	})
	return found
}

// CheckDocColumns finds lines of Markdown that are too long. Tables, code and links that cannot be
// broken are exempt, and generated pages.
func CheckDocColumns(t *Tree) (broken []string) {
	for _, d := range t.Docs {
		if strings.HasPrefix(d.Text, "<!-- Generated ") {
			continue
		}
		code := false
		for i, line := range strings.Split(d.Text, "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "```") {
				code = !code
			}
			if code || strings.HasPrefix(strings.TrimSpace(line), "|") || !strings.Contains(strings.TrimSpace(line), " ") {
				continue
			}
			if n := utf8.RuneCountInString(line); n > maxDocColumns {
				broken = append(broken, fmt.Sprintf("%s:%d has %d columns, more than %d", d.Path, i+1, n, maxDocColumns))
			}
		}
	}
	return broken
}

// columns counts the columns of a line as an editor shows it.
func columns(line string) int {
	tabs := strings.Count(line, "\t")
	return utf8.RuneCountInString(line) + tabs*(tabWidth-1)
}

func lines(f *File) int { return bytes.Count(f.Src, []byte("\n")) }

// eachFile visits the files that are not tests.
func (t *Tree) eachFile(visit func(p *Package, f *File)) {
	for _, p := range t.Packages {
		for _, f := range p.code() {
			visit(p, f)
		}
	}
}
