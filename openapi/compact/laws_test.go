package compact

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

func TestLaws(t *testing.T) {
	for name, text := range map[string]string{
		"demo": readFile(t, "testdata/demo.yaml"), "lines": readFile(t, "testdata/lines.yaml"),
		"shop": openapitest.Shop, "routes": openapitest.Routes,
	} {
		t.Run(name, func(t *testing.T) { checkLaws(t, load(t, text)) })
	}
}

func TestLawsOfRandomDocuments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc, err := build.Document(openapitest.Document(t), build.Options{Version: rapid.SampledFrom([]string{"3.0", "3.1"}).Draw(t, "version")})
		if err != nil {
			t.Skip(err)
		}
		checkLaws(t, doc)
	})
}

type tester interface {
	Helper()
	Errorf(string, ...any)
	Fatal(...any)
}

// checkLaws checks that every operation, parameter, property and type of a document appears in its
// form, that every line is visible and starts with a known word, and that parts have the lines of
// the whole with all types that they need.
func checkLaws(t tester, doc *openapi3.T) {
	t.Helper()
	f := openapitest.Must(New(doc, Options{}))
	whole := f.String()
	if again, _ := New(doc, Options{}); again.String() != whole {
		t.Errorf("two forms of a document differ:\n%s\n%s", whole, again)
	}
	if visible.Text(whole) != whole {
		t.Errorf("the form has characters that do not show: %q", whole)
	}
	lines := map[string]bool{}
	for line := range strings.Lines(whole) {
		lines[line] = true
		first, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if known := []string{"", "api", "server", "auth", "all", "note:", "#", "type", "webhook", "callback"}; !slices.Contains(known, first) &&
			strings.ToUpper(first) != first && line[0] != '/' {
			t.Errorf("a line starts with %q", line)
		}
	}
	data := openapitest.Must(openapi.Data(doc))
	checkOperations(t, f, data.(object))
	checkNothingLost(t, f)
	schemas := get(f.root, "components", "schemas")
	for name, s := range schemas {
		line := f.defs["#"+jsonvalue.Pointer("components", "schemas", name)].line
		if !lines[line+"\n"] || !strings.HasPrefix(line, "type "+typeName(name)+" = ") {
			t.Errorf("the type %q is missing: %q", name, line)
		}
		checkProperties(t, line, s)
	}
	for i := range f.ops {
		part := f.Part([]int{i})
		for line := range strings.Lines(part) {
			if !lines[line] {
				t.Errorf("a line of a part is not in the whole: %q", line)
			}
		}
		if got, want := expand(part), expand(f.ops[i].Line); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("a part lacks its operation: %q, not %q", got, want)
		}
		for _, ref := range references(f, f.ops[i].refs) {
			if line := f.defs[ref].line; line == "" || !strings.Contains(part, line+"\n") {
				t.Errorf("the part of %q lacks %s", f.ops[i].Line, ref)
			}
		}
	}
}

// references returns refs and what they lead to.
func references(f *Form, refs []string) []string {
	seen := map[string]bool{}
	for len(refs) > 0 {
		ref := refs[0]
		if refs = refs[1:]; !seen[ref] {
			seen[ref] = true
			refs = append(refs, f.defs[ref].refs...)
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// checkOperations checks that each operation has a line with its parameters, statuses, media types
// and properties.
func checkOperations(t tester, f *Form, root object) {
	t.Helper()
	n := 0
	for template, v := range get(root, "paths") {
		item, _ := v.(object)
		for key, v := range item {
			o, ok := v.(object)
			if !ok || !openapi.IsOperationKey(key) {
				continue
			}
			n++
			i := slices.IndexFunc(f.ops, func(x Operation) bool {
				return x.Template == template && x.Method == strings.ToUpper(key) && !strings.HasPrefix(x.Line, "webhook")
			})
			if i < 0 {
				t.Errorf("%s %s is missing", key, template)
				continue
			}
			checkLine(t, f, f.ops[i].Line, o)
		}
	}
	if webhooks := get(root, "webhooks"); len(f.ops) != n+len(webhooks) {
		t.Errorf("%d operations, want %d and %d webhooks", len(f.ops), n, len(webhooks))
	}
}

func checkLine(t tester, f *Form, line string, o object) {
	t.Helper()
	want := []string{}
	for _, v := range items(o["parameters"]) {
		x, _ := f.resolve(v)
		if name := identifier(text(x["name"])); x["in"] != "path" {
			want = append(want, name)
		}
		checkProperties(t, line, x["schema"])
	}
	bodies := get(o, "requestBody", "content")
	for status, v := range get(o, "responses") {
		if status != "200" || !strings.Contains(line, " -> ") {
			want = append(want, status)
		}
		r, _ := v.(object)
		for name, m := range get(r, "content") {
			checkContent(t, line, name, m)
		}
	}
	for name, m := range bodies {
		checkContent(t, line, name, m)
	}
	for _, w := range want {
		if !strings.Contains(line, w) {
			t.Errorf("%q does not say %q", line, w)
		}
	}
}

func checkContent(t tester, line, name string, m any) {
	t.Helper()
	if name != "application/json" && !strings.Contains(line, mediaType(name)) {
		t.Errorf("%q does not say %q", line, name)
	}
	if media, ok := m.(object); ok {
		checkProperties(t, line, media["schema"])
	}
}

// checkProperties checks that a line names all properties of a schema, and all types that it refers
// to.
func checkProperties(t tester, line string, v any) {
	t.Helper()
	s, ok := v.(object)
	if !ok {
		return
	}
	if ref := text(s["$ref"]); ref != "" && !strings.Contains(line, referenceName(ref)) {
		t.Errorf("%q does not refer to %s", line, ref)
	}
	if s["enum"] != nil || s["const"] != nil {
		return
	}
	for name, p := range get(s, "properties") {
		if !regexp.MustCompile(`[ {]` + regexp.QuoteMeta(identifier(name)) + `[:?|=, }]`).MatchString(line) {
			t.Errorf("%q does not have the property %q", line, name)
		}
		checkProperties(t, line, p)
	}
	for _, keyword := range []string{"items", "additionalProperties", "not"} {
		checkProperties(t, line, s[keyword])
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf", "prefixItems"} {
		for _, x := range items(s[keyword]) {
			checkProperties(t, line, x)
		}
	}
}

func FuzzNew(f *testing.F) {
	f.Add([]byte(document(`{"type":"string"}`)))
	f.Add([]byte(openapitest.Shop))
	f.Add([]byte(readFile(f, "testdata/lines.yaml")))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := openapi.Load(data)
		if err != nil {
			return
		}
		form, err := New(doc, Options{})
		if err != nil {
			return
		}
		if s := fmt.Sprint(form); visible.Text(s) != s {
			t.Errorf("%q has characters that do not show", s)
		}
	})
}
