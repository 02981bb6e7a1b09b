package arch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// CheckLibraries finds imports of a library outside the folders that may use it.
func CheckLibraries(t *Tree) (broken []string) {
	t.eachImport(func(pkg, imported, at string) {
		for lib, folders := range libraries {
			if strings.HasPrefix(imported, lib) && !under(pkg, folders...) {
				broken = append(broken, fmt.Sprintf("%s: %s imports %s, which only %v may", at, pkg, imported, folders))
			}
		}
	})
	return broken
}

// areaOf returns the index of the area of a package, or -1 if it has none.
func areaOf(pkg string) int {
	best := -1
	for i, a := range areas {
		if under(pkg, a.path) && (best < 0 || len(a.path) > len(areas[best].path)) {
			best = i
		}
	}
	return best
}

// CheckAreas finds imports between areas that the table does not allow, and packages without an
// area. Packages of one area may import each other, and all may import the helpers.
func CheckAreas(t *Tree) (broken []string) {
	for _, p := range t.Packages {
		if areaOf(p.Path) < 0 && len(p.code()) > 0 {
			broken = append(broken, p.Path+" is in no area of the table: say what it may import")
		}
	}
	t.eachImport(func(pkg, imported, at string) {
		own, ok := strings.CutPrefix(imported, Module)
		if from, to := areaOf(pkg), areaOf(own); ok && from >= 0 && to != from && to != helpers && from != everything && !under(own, areas[from].imports...) {
			broken = append(broken, fmt.Sprintf("%s: %s imports %s: imports go one way", at, pkg, own))
		}
	})
	return broken
}

// everything is the area that may import all others. helpers is the area that all may import.
var everything, helpers = areaOf("cmd/spectap"), areaOf("internal")

// TestAreas checks that the table of areas allows one direction only.
func TestAreas(t *testing.T) {
	for i, a := range areas {
		for _, imported := range a.imports {
			if j := areaOf(imported); j < 0 || j > i {
				t.Errorf("%s may import %s, which stands below it", a.path, imported)
			}
		}
	}
}

// CheckSealed finds packages that import, directly or indirectly, packages that they must not.
func CheckSealed(t *Tree) (broken []string) {
	edges := map[string][]string{}
	t.eachImport(func(pkg, imported, _ string) {
		if own, ok := strings.CutPrefix(imported, Module); ok {
			edges[pkg] = append(edges[pkg], own)
		}
	})
	for _, p := range t.Packages {
		for folder, never := range sealed {
			if !under(p.Path, folder) {
				continue
			}
			reached := []string{p.Path}
			for i := 0; i < len(reached); i++ {
				for _, own := range edges[reached[i]] {
					if slices.Contains(reached, own) {
						continue
					}
					reached = append(reached, own)
					if under(own, never...) {
						broken = append(broken, fmt.Sprintf("%s reaches %s by way of %s", p.Path, own, reached[i]))
					}
				}
			}
		}
	}
	return broken
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
