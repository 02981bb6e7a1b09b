package spectools

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/corpustest"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
)

// vendorDocument reads a real document of the corpora beside the project.
func vendorDocument(t testing.TB, name string) []byte {
	t.Helper()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	return corpustest.Read(t, name, corpustest.Document)
}

// TestRealDocuments serves or skips each operation of real documents, and compiles each schema.
func TestRealDocuments(t *testing.T) {
	valid := regexp.MustCompile(`^[A-Za-z0-9_-]{1,56}$`)
	outside := regexp.MustCompile(`"\$ref":"[^#]`)
	for _, name := range corpustest.Names(t) {
		t.Run(name, func(t *testing.T) {
			data := vendorDocument(t, name)
			doc, err := openapi.Load(data)
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			s, err := FromDocument(doc, Options{BaseURL: "http://127.0.0.1:1", Prefix: "api_"})
			if err != nil {
				t.Fatal(err)
			}
			took := time.Since(start)
			want := 0
			for _, item := range doc.Paths.Map() {
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
				if !valid.MatchString(op.toolName) || names[op.toolName] || !strings.HasPrefix(op.toolName, "api_") {
					t.Errorf("name %q", op.toolName)
				}
				names[op.toolName] = true
				raw, err := json.Marshal(op.tool)
				if err != nil {
					t.Fatal(err)
				}
				bytes, answers = bytes+len(raw), answers+len(op.tool.RawOutputSchema)
				if outside.Match(raw) {
					t.Errorf("%s points outside itself", op.toolName)
				}
				if op.tool.Description == "" {
					t.Errorf("%s has no description", op.toolName)
				}
				if _, err := jsonschema.Compile(orderedjson.PlainOf(op.tool.RawInputSchema)); err != nil {
					t.Errorf("%s: %v", op.toolName, err)
				}
				checkAcceptsAny(t, op)
			}
			t.Logf("%d tools, %d kB listed, %d of them output schemas, made in %v; %d notes, such as %v", len(s.ops), bytes>>10, answers>>10, took, len(s.notes), s.notes[:min(3, len(s.notes))])
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
