package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// An outlet is a way by which text leaves the process. Only the named files and folders may use it:
// they escape what the text of others could do at its destination.
type outlet struct {
	destination string   // as messages call it
	imported    string   // an import path, or "" for a method or field of any value
	folder      string   // where a method or field of that name is meant
	names       []string // "*" stands for all; a name that ends with "*" for those that begin so
	users       []string
}

// CheckOutlets finds code that sends text to a destination past the one place that escapes it.
func CheckOutlets(t *Tree) (broken []string) {
	for _, p := range t.Packages {
		for _, f := range p.code() {
			report := func(pos token.Pos, o *outlet, name string) {
				if !under(f.Path, o.users) {
					broken = append(broken, fmt.Sprintf("%s: uses %s: only %v may write to %s", t.at(pos), name, o.users, o.destination))
				}
			}
			pointers, fields := pointerTypes(f), fieldTypes(f)
			f.selectors(func(pos token.Pos, imported, name string) {
				for i := range outlets {
					if o := &outlets[i]; o.imported == imported && o.imported != "" && o.has(name) && !pointers[pos] && !fields[pos] {
						report(pos, o, imported+"."+name)
					}
				}
			})
			ast.Inspect(f.AST, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				for i := range outlets {
					o := &outlets[i]
					if ok && o.imported == "" && under(p.Path, []string{o.folder}) && o.has(sel.Sel.Name) {
						report(sel.Sel.Pos(), o, sel.Sel.Name)
					}
				}
				return true
			})
		}
	}
	return broken
}

// has reports whether a name belongs to the outlet.
func (o *outlet) has(name string) bool {
	for _, n := range o.names {
		if start, ok := strings.CutSuffix(n, "*"); name == n || ok && strings.HasPrefix(name, start) {
			return true
		}
	}
	return false
}
