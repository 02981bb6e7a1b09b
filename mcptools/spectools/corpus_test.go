package spectools

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/corpustest"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
)

// vendorDocuments and vendorSets have the real documents that a test has read, which no test
// changes, and their tools. The tests run one after another.
var (
	vendorDocuments = map[string]*openapi3.T{}
	vendorSets      = map[string]*Set{}
)

// vendorDocument returns a real document of the corpora beside the project.
func vendorDocument(t *testing.T, name string) *openapi3.T {
	t.Helper()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	if vendorDocuments[name] == nil {
		doc := must(openapi.Load(corpustest.Read(t, name, corpustest.Document)))
		vendorDocuments[name] = doc
	}
	return vendorDocuments[name]
}

// vendorSet returns the tools of a real document, at a server that nobody calls.
func vendorSet(t *testing.T, name string) *Set {
	t.Helper()
	doc := vendorDocument(t, name)
	if vendorSets[name] == nil {
		s := must(FromDocument(doc, Options{BaseURL: "http://127.0.0.1:1"}))
		vendorSets[name] = s
	}
	return vendorSets[name]
}

// TestRealDocuments serves each operation of real documents. TestCallRealDocuments compiles their
// schemas.
func TestRealDocuments(t *testing.T) {
	valid := regexp.MustCompile(`^[A-Za-z0-9_-]{1,56}$`)
	outside := regexp.MustCompile(`"\$ref":"[^#]`)
	for _, name := range corpustest.Names(t) {
		t.Run(name, func(t *testing.T) {
			s := vendorSet(t, name)
			want := 0
			for _, item := range s.doc.Paths.Map() {
				want += len(item.Operations())
			}
			if got := len(s.Operations()) + len(s.Skipped()); got != want {
				t.Errorf("%d of %d operations are accounted for", got, want)
			}
			if len(s.Skipped()) > 0 {
				t.Errorf("skipped: %v", s.Skipped())
			}
			names := make(map[string]bool)
			bytes, answers := 0, 0
			for _, op := range s.ops {
				if !valid.MatchString(op.toolName) || names[op.toolName] {
					t.Errorf("name %q", op.toolName)
				}
				names[op.toolName] = true
				raw := must(json.Marshal(op.tool))
				bytes, answers = bytes+len(raw), answers+len(op.tool.RawOutputSchema)
				if outside.Match(raw) {
					t.Errorf("%s points outside itself", op.toolName)
				}
				if op.tool.Description == "" {
					t.Errorf("%s has no description", op.toolName)
				}
				checkAcceptsAny(t, op)
			}
			t.Logf("%d tools, %d kB listed, %d of them output schemas; %d notes, such as %v", len(s.ops), bytes>>10, answers>>10, len(s.notes), s.notes[:min(3, len(s.notes))])
		})
	}
}

// checkAcceptsAny checks that an output schema asserts nothing of an answer.
func checkAcceptsAny(t *testing.T, op *operation) {
	t.Helper()
	var check func(name string, v any)
	check = func(name string, v any) {
		m, _ := v.(map[string]any)
		for keyword, inner := range m {
			switch keyword {
			case "description":
			case "items", "additionalProperties":
				check(name, inner)
			case "properties":
				properties, _ := inner.(map[string]any)
				for name, p := range properties {
					check(name, p)
				}
			default:
				t.Errorf("%s: the output schema has %s for %s", op.toolName, keyword, name)
			}
		}
	}
	schema, _ := orderedjson.PlainOf(op.tool.RawOutputSchema).(map[string]any)
	properties, _ := schema["properties"].(map[string]any)
	check("data", properties["data"])
	if size := len(op.tool.RawOutputSchema); size > maxOutline+500 {
		t.Errorf("%s: its output schema has %d bytes", op.toolName, size)
	}
}
