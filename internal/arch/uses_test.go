package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"strings"
)

// A use is a way by which text or traffic leaves the process, or by which code depends on more than
// its input. Only the named files and folders may use it.
type use struct {
	what     string   // as messages call it
	imported string   // an import path, or "" for a method or field of any value
	folder   string   // where the rule holds, "" everywhere
	names    []string // "*" stands for all; a name that ends with "*" for those that begin so
	users    []string
}

// CheckUses finds uses outside of the allowed places, and goroutines in pure packages.
func CheckUses(t *Tree) (broken []string) {
	for _, p := range t.Packages {
		for _, f := range p.code() {
			given := givenTypes(f)
			imports := f.imports()
			ast.Inspect(f.AST, func(n ast.Node) bool {
				if g, ok := n.(*ast.GoStmt); ok && under(p.Path, pure) {
					broken = append(broken, t.at(g.Pos())+": a goroutine in "+p.Path)
				}
				sel, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				from := ""
				if x, ok := sel.X.(*ast.Ident); ok && x.Obj == nil {
					from = imports[x.Name]
				}
				for _, u := range uses {
					if u.imported == from && u.has(sel.Sel.Name) && !given[sel.Pos()] && (u.folder == "" || under(p.Path, u.folder)) && !under(f.Path, u.users...) {
						broken = append(broken, fmt.Sprintf("%s: uses %s.%s: only %v may use %s", t.at(sel.Sel.Pos()), from, sel.Sel.Name, u.users, u.what))
					}
				}
				return true
			})
		}
	}
	return broken
}

// givenTypes returns the positions of types behind a pointer, as in c *http.Client, and of the
// types of parameters and results: the value was constructed elsewhere.
func givenTypes(f *File) map[token.Pos]bool {
	given := map[token.Pos]bool{}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.StarExpr:
			given[n.X.Pos()] = true
		case *ast.FuncType:
			ast.Inspect(n, func(n ast.Node) bool {
				if field, ok := n.(*ast.Field); ok {
					given[field.Type.Pos()] = true
				}
				return true
			})
		}
		return true
	})
	return given
}

// has reports whether a name belongs to the use.
func (u *use) has(name string) bool {
	for _, n := range u.names {
		if start, ok := strings.CutSuffix(n, "*"); name == n || ok && strings.HasPrefix(name, start) {
			return true
		}
	}
	return false
}

// imports returns the import paths of a file by the names that they have in it.
func (f *File) imports() map[string]string {
	m := map[string]string{}
	for _, spec := range f.AST.Imports {
		p := strings.Trim(spec.Path.Value, `"`)
		name := path.Base(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		m[name] = p
	}
	return m
}
