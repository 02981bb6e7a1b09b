package arch

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
)

// importSentence finds the sentences of a package comment that say what the package imports.
var importSentence = regexp.MustCompile(
	`(?:[Ii]t|[Tt]he package) (?:may )?(?:only )?imports? (.*?)(?:\.(?: |$)|$)`)

// packageName finds what may be the name of a package in such a sentence.
var packageName = regexp.MustCompile(`[a-z][a-z0-9]*(?:/[a-z0-9]+)*`)

// CheckImportSentences finds package comments that say what the package imports, and leave out an
// import of this module or name one that the package does not have. A name stands for the packages
// below it too, and may be short, as in "of guard, the packages policy and limit". What follows
// "not" is no part of the list. A comment may refer to policy.go instead, or say that the package
// may import every package. Packages below the own one need no mention.
func CheckImportSentences(t *Tree) (broken []string) {
	known := map[string]bool{}
	for _, p := range t.Packages {
		for folder := p.Path; folder != "."; folder = path.Dir(folder) {
			known[folder] = true
		}
	}
	for _, p := range t.Packages {
		named, ok := p.namedImports()
		if !ok {
			continue
		}
		imports := p.ownImports()
		for _, i := range imports {
			if !under(i, []string{p.Path}) && !slices.ContainsFunc(named, func(name string) bool { return names(name, i) }) {
				broken = append(broken, fmt.Sprintf("%s imports %s, which its comment leaves out", p.Path, i))
			}
		}
		for _, name := range named {
			if known[name] && name != p.Path && !slices.ContainsFunc(imports, func(i string) bool { return names(name, i) }) {
				broken = append(broken, fmt.Sprintf("%s does not import %s, which its comment names", p.Path, name))
			}
		}
	}
	return broken
}

// namedImports returns the words of the sentences on imports in a package comment, and reports
// whether there is a sentence with a list.
func (p *Package) namedImports() (words []string, ok bool) {
	text := strings.Join(strings.Fields(p.doc()), " ")
	for _, sentence := range importSentence.FindAllStringSubmatch(text, -1) {
		list := sentence[1]
		if strings.Contains(list, "policy.go") || strings.Contains(list, "every package") {
			return nil, false
		}
		list, _, _ = strings.Cut(strings.ReplaceAll(list, "packages below it", ""), " not ")
		words, ok = append(words, packageName.FindAllString(list, -1)...), true
	}
	return words, ok
}

// ownImports returns the packages of this module that a package imports.
func (p *Package) ownImports() (found []string) {
	for _, f := range p.code() {
		for _, spec := range f.AST.Imports {
			if own, ok := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), Module); ok {
				found = append(found, own)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// names reports whether a name stands for a package: its path, a folder above it, or the end of
// its path.
func names(name, pkg string) bool {
	return under(pkg, []string{name}) || strings.HasSuffix(pkg, "/"+name)
}

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
