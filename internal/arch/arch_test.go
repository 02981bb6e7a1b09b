// Package arch holds the rules of the tree, as tests: which package may import which, that every package says
// what it is, and that files stay small enough to read.
package arch

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/spectap/spectap/"

type pkg struct {
	ImportPath, Dir, Doc string
	Imports              []string
	GoFiles              []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Doc,Imports,GoFiles", module+"...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	var ps []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return ps
		} else if err != nil {
			t.Fatal(err)
		}
		ps = append(ps, p)
	}
}

// fences lists who may import a library: folders of this module, by prefix.
var fences = map[string][]string{
	"github.com/elazarl/goproxy":     {"capture"},
	"go.etcd.io/bbolt":               {"store", "guard"},
	"github.com/getkin/kin-openapi":  {"openapi", "mcptools", "cmd/"},
	"github.com/mark3labs/mcp-go":    {"mcptools", "mcpclient", "cmd/", "internal/demo"},
	"github.com/go-json-experiment/": {"infer", "flow/", "openapi", "mcptools", "mcpclient", "guard", "cmd/"},
	"github.com/spf13/cobra":         {"cmd/"},
}

// mayImport lists, for a folder of this module, what of this module it may import; a folder without an entry
// is free. Everything ends at flow.
var mayImport = map[string][]string{
	"flow":      {},
	"store":     {"flow"},
	"infer":     {"flow", "infer"},
	"capture":   {"flow"},
	"certs":     {},
	"openapi":   {"flow", "infer", "openapi"},
	"guard":     {"flow"},
	"egress":    {"flow", "guard"},
	"mcpclient": {},
}

func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		rel := strings.TrimPrefix(p.ImportPath, module)
		top, _, _ := strings.Cut(rel, "/")
		for _, imp := range p.Imports {
			for lib, allowed := range fences {
				if strings.HasPrefix(imp, lib) && !hasAnyPrefix(rel, allowed) {
					t.Errorf("%s imports %s, which only %v may", rel, imp, allowed)
				}
			}
			own, ok := strings.CutPrefix(imp, module)
			if !ok {
				continue
			}
			ownTop, _, _ := strings.Cut(own, "/")
			if allowed, bound := mayImport[top]; bound && ownTop != top && ownTop != "internal" && !hasAnyPrefix(ownTop, allowed) {
				t.Errorf("%s imports %s: imports go one way", rel, own)
			}
		}
	}
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

func TestPackageDocs(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

// maxLines is what one can hold in mind.
const maxLines = 500

func TestFiles(t *testing.T) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != root || d.Name() == "testdata" || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if d.IsDir() && (d.Name() == "util" || d.Name() == "common" || d.Name() == "helpers" || d.Name() == "pkg") {
			t.Errorf("%s: name a package after what it does", path)
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if n := bytes.Count(src, []byte("\n")); n > maxLines {
			t.Errorf("%s has %d lines: split it by idea", path, n)
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, src, 0)
		if err != nil {
			return err
		}
		for _, decl := range f.Scope.Objects {
			if decl.Name == "init" {
				t.Errorf("%s has an init function", path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
