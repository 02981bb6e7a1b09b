package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// CheckLibraries finds imports of a library outside the folders that may use it.
func CheckLibraries(t *Tree) (broken []string) {
	t.eachImport(func(pkg, imported, at string) {
		for lib, folders := range libraries {
			if strings.HasPrefix(imported, lib) && !under(pkg, folders) {
				broken = append(broken, fmt.Sprintf("%s: %s imports %s, which only %v may", at, pkg, imported, folders))
			}
		}
	})
	return broken
}

// CheckPackages finds imports between packages of the module that the table does not allow, and
// packages that the table does not name.
func CheckPackages(t *Tree) (broken []string) {
	for _, p := range t.Packages {
		if _, ok := allowed(p.Path); !ok && len(p.code()) > 0 {
			broken = append(broken, fmt.Sprintf("%s: no entry in the table of packages: say what it may import", p.Path))
		}
	}
	t.eachImport(func(pkg, imported, at string) {
		own, ok := strings.CutPrefix(imported, Module)
		if !ok {
			return
		}
		family, folders := familyOf(pkg), []string(nil)
		if list, ok := allowed(pkg); ok {
			folders = list
		}
		if !slices.Contains(folders, "") && !under(own, folders) && !under(own, []string{family}) {
			broken = append(broken, fmt.Sprintf("%s: %s imports %s: imports go one way", at, pkg, own))
		}
	})
	return broken
}

// familyOf returns the folder of the table's entry for a package; packages of a family may import
// each other.
func familyOf(pkg string) string {
	family := ""
	for folder := range packages {
		if under(pkg, []string{folder}) && len(folder) > len(family) {
			family = folder
		}
	}
	return family
}

func allowed(pkg string) ([]string, bool) {
	list, ok := packages[familyOf(pkg)]
	return list, ok
}

// eachImport visits the imports of all files that are not tests. Tests may import anything that
// the compiler lets them.
func (t *Tree) eachImport(visit func(pkg, imported, at string)) {
	for _, p := range t.Packages {
		for _, f := range p.code() {
			for _, spec := range f.AST.Imports {
				visit(p.Path, strings.Trim(spec.Path.Value, `"`), t.at(spec.Pos()))
			}
		}
	}
}

// connecting lists, by import path, the names with which Go code opens a connection. An http.Client
// is one of them because its zero value uses http.DefaultTransport.
var connecting = map[string][]string{
	"net": {"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix", "Dialer"},
	"net/http": {
		"Transport", "DefaultTransport", "Client", "DefaultClient", "Get", "Head", "Post", "PostForm",
	},
	"crypto/tls": {"Dial", "DialWithDialer", "Dialer"},
}

// CheckConnections finds code that opens connections outside the packages through which traffic may
// leave.
func CheckConnections(t *Tree) (broken []string) {
	for _, p := range t.Packages {
		if under(p.Path, doors) {
			continue
		}
		for _, f := range p.code() {
			types := pointerTypes(f)
			f.selectors(func(pos token.Pos, imported, name string) {
				if slices.Contains(connecting[imported], name) && !types[pos] {
					broken = append(broken, fmt.Sprintf("%s: %s uses %s.%s: only %v may open connections", t.at(pos), p.Path, imported, name, doors))
				}
			})
		}
	}
	return broken
}

// pointerTypes returns the positions of types behind a pointer, as in the parameter c *http.Client:
// its caller constructed the value.
func pointerTypes(f *File) map[token.Pos]bool {
	found := map[token.Pos]bool{}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		if star, ok := n.(*ast.StarExpr); ok {
			found[star.X.Pos()] = true
		}
		return true
	})
	return found
}

// fieldTypes returns the positions of the types of parameters, results and fields: they construct
// nothing.
func fieldTypes(f *File) map[token.Pos]bool {
	found := map[token.Pos]bool{}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		if field, ok := n.(*ast.Field); ok {
			found[field.Type.Pos()] = true
		}
		return true
	})
	return found
}

// impure lists, by import path, the names that a pure package must not use; "*" stands for all.
var impure = map[string][]string{
	"time":         {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"},
	"os":           {"*"},
	"os/exec":      {"*"},
	"os/signal":    {"*"},
	"io/ioutil":    {"*"},
	"net":          {"*"},
	"net/http":     {"*"},
	"log":          {"*"},
	"log/slog":     {"*"},
	"syscall":      {"*"},
	"crypto/rand":  {"*"},
	"math/rand":    {"*"},
	"math/rand/v2": {"*"},
	"fmt":          {"Print", "Printf", "Println", "Scan", "Scanf", "Scanln"},
}

// CheckPurity finds clocks, goroutines and I/O in packages that must have none.
func CheckPurity(t *Tree) (broken []string) {
	for _, p := range t.Packages {
		if !under(p.Path, pure) {
			continue
		}
		for _, f := range p.code() {
			f.selectors(func(pos token.Pos, imported, name string) {
				if names := impure[imported]; slices.Contains(names, name) || slices.Contains(names, "*") {
					broken = append(broken, fmt.Sprintf("%s: %s uses %s.%s: no clock, randomness or I/O here", t.at(pos), p.Path, imported, name))
				}
			})
			ast.Inspect(f.AST, func(n ast.Node) bool {
				if g, ok := n.(*ast.GoStmt); ok {
					broken = append(broken, fmt.Sprintf("%s: %s starts a goroutine", t.at(g.Pos()), p.Path))
				}
				return true
			})
		}
	}
	return broken
}
