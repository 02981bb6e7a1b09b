package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Module is the path of the module, with a slash at its end.
const Module = "github.com/spectap/spectap/"

// A Tree is the source of a module: every Go file for every platform, with its tests.
type Tree struct {
	Packages []*Package // in order of their paths
	Docs     []Doc      // Markdown files, in order of their paths
	fset     *token.FileSet
}

// A Package is a folder with Go files.
type Package struct {
	Path  string // below the module, such as "infer/route"
	Files []*File
}

// A File is one Go file.
type File struct {
	Path string // below the module
	Test bool
	Src  []byte
	AST  *ast.File
}

// A Doc is one Markdown file.
type Doc struct {
	Path string
	Text string
}

// Load parses a module. It leaves out hidden folders, testdata and node_modules.
func Load(root fs.FS) (*Tree, error) {
	t := &Tree{fset: token.NewFileSet()}
	byPath := map[string]*Package{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules" || name == "bin") {
				return fs.SkipDir
			}
			return nil
		case strings.HasSuffix(name, ".md"):
			text, err := fs.ReadFile(root, name)
			t.Docs = append(t.Docs, Doc{Path: name, Text: string(text)})
			return err
		case !strings.HasSuffix(name, ".go"):
			return nil
		}
		src, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(t.fset, name, src, parser.ParseComments)
		if err != nil {
			return fmt.Errorf("parse %s: %w", name, err)
		}
		dir := path.Dir(name)
		if byPath[dir] == nil {
			byPath[dir] = &Package{Path: dir}
			t.Packages = append(t.Packages, byPath[dir])
		}
		byPath[dir].Files = append(byPath[dir].Files, &File{Path: name, Test: strings.HasSuffix(name, "_test.go"), Src: src, AST: f})
		return nil
	})
	slices.SortFunc(t.Packages, func(a, b *Package) int { return strings.Compare(a.Path, b.Path) })
	return t, err
}

// code returns the files of a package that are not tests.
func (p *Package) code() []*File {
	return slices.DeleteFunc(slices.Clone(p.Files), func(f *File) bool { return f.Test })
}

// doc returns the package comment, or "".
func (p *Package) doc() string {
	for _, f := range p.code() {
		if f.AST.Doc != nil {
			return f.AST.Doc.Text()
		}
	}
	return ""
}

// at describes a position as FILE:LINE.
func (t *Tree) at(pos token.Pos) string {
	p := t.fset.Position(pos)
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

// under reports whether a package is one of the folders or below one.
func under(pkg string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool {
		return pkg == f || strings.HasPrefix(pkg, f+"/")
	})
}
