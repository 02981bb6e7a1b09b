package document

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/oplist"
	"github.com/spectap/spectap/mcptools/opname"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/openapi/compact"
)

// TestNoOperations checks what is said about a filter that leaves no operation, for documents whose
// operations have tags.
func TestNoOperations(t *testing.T) {
	for _, tt := range []struct {
		name string
		tags []string // of operations; "": none
		tag  string
		text string
		hint string
	}{
		{"no tag asked for", []string{"orders", "users"}, "", "no operation fits words", `the tags are "orders", "users"`},
		{"a tag that is there", []string{"orders", "users"}, "users", "no operation fits words", `the tags are "orders", "users"`},
		{"in another case", []string{"orders", "users"}, "ORDERS", "no operation fits words", `the tags are "orders", "users"`},
		{"those without a tag", []string{"orders", ""}, oplist.NoTag, "no operation fits words", `the tags are "orders", "(no tag)"`},
		{"a misspelt one", []string{"orders", "users"}, "oders", `no operation has the tag "oders"`, `did you mean "orders"? the tags are "orders", "users"`},
		{"one like two", []string{"rods", "ords", "rods"}, "ods", `no operation has the tag "ods"`, `did you mean "ords"? the tags are "ords", "rods"`},
		{"one like none", []string{"orders"}, "zzz", `no operation has the tag "zzz"`, `the tags are "orders"`},
		{"one that hides text", []string{"orders"}, "a\u202eb", `no operation has the tag "a⟨U+202E⟩b"`, `the tags are "orders"`},
		{"no operations", nil, "orders", `no operation has the tag "orders"`, "list_operations lists all operations"},
		{"no operations and no tag asked for", nil, "", "no operation fits words", "list_operations lists all operations"},
	} {
		doc := &openapi3.T{OpenAPI: "3.1.0", Info: &openapi3.Info{Title: "t", Version: "1"}, Paths: openapi3.NewPaths()}
		for i, tag := range tt.tags {
			o := &openapi3.Operation{Responses: openapi3.NewResponses()}
			if tag != "" {
				o.Tags = []string{tag}
			}
			doc.Paths.Set(fmt.Sprintf("/p%d", i), &openapi3.PathItem{Get: o})
		}
		form, err := compact.New(doc, compact.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var e *tool.Error
		if err := noOperations(form, tt.tag, "words"); !errors.As(err, &e) || e.Code != tool.CodeUnknownOperation {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if e.Message != tt.text || e.Hint != tt.hint || (e.Argument == "tag") != strings.Contains(tt.text, "the tag") {
			t.Errorf("%s: %q, hint %q, of %q; want %q, %q", tt.name, e.Message, e.Hint, e.Argument, tt.text, tt.hint)
		}
	}
}

// TestOperationName reads the operation that a call names: by one text, or by method and path.
func TestOperationName(t *testing.T) {
	for _, tt := range []struct {
		a     tool.Args
		want  opname.Name
		fails string
	}{
		{tool.Args{"operation": "GET /a"}, opname.Parse("GET /a"), ""},
		{tool.Args{"operation": "getA"}, opname.Parse("getA"), ""},
		{tool.Args{"operation": " GET /a "}, opname.Parse("GET /a"), ""},
		{tool.Args{"method": "get", "path": "/a"}, opname.Parse("GET /a"), ""},
		{tool.Args{"method": " Get ", "path": "/a"}, opname.Parse("GET /a"), ""},
		{tool.Args{"path": "/a"}, opname.Parse("/a"), ""},
		{tool.Args{"path": "GET /a"}, opname.Parse("GET /a"), ""},
		{tool.Args{"method": "GET", "path": "GET /a"}, opname.Parse("GET /a"), ""},
		{tool.Args{"method": "", "operation": "GET /a"}, opname.Parse("GET /a"), ""},
		{tool.Args{"method": "PUT", "operation": "GET /a"}, opname.Name{}, "argument method: is not GET, as in GET /a"},
		{tool.Args{"operation": "GET /a", "path": "/a"}, opname.Name{}, "argument path: must not be given with operation"},
		{tool.Args{"method": "GET"}, opname.Name{}, "argument operation: is missing"},
		{tool.Args{"operation": " ", "path": ""}, opname.Name{}, "argument operation: is missing"},
		{nil, opname.Name{}, "argument operation: is missing"},
	} {
		got, err := operationName(tt.a)
		if got != tt.want || (err == nil) != (tt.fails == "") || err != nil && !strings.HasPrefix(err.Error(), tt.fails) {
			t.Errorf("%v: %+v, %v, want %+v %s", tt.a, got, err, tt.want, tt.fails)
		}
	}
}

// TestSpecParam checks what the parameter for a document says of those that have names. The only one
// need not be named.
func TestSpecParam(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	const text, files = "the text of an OpenAPI document, JSON or YAML", "; or a file below the folder of --files"
	one, two := []apidoc.Named{{Name: "one"}}, []apidoc.Named{{Name: "one"}, {Name: "two"}}
	for _, tt := range []struct {
		specs    *apidoc.Library
		doc      string
		required bool
	}{
		{nil, text, true},
		{&apidoc.Library{Files: root}, text + files, true},
		{&apidoc.Library{Named: one}, text + "; or one of one (default)", false},
		{&apidoc.Library{Named: two}, text + "; or one of one, two; in check_flows * for all", true},
		{&apidoc.Library{Named: one, Files: root}, text + files + "; or one of one (default)", false},
		{&apidoc.Library{Named: two, Files: root}, text + files + "; or one of one, two; in check_flows * for all", true},
	} {
		if p := New(source.New(t.Context(), source.Config{}), tt.specs).specParam(); p.Name != "spec" || p.Doc != tt.doc || p.Required != tt.required {
			t.Errorf("%+v: %q, required %t, want %q, %t", tt.specs, p.Doc, p.Required, tt.doc, tt.required)
		}
	}
}
