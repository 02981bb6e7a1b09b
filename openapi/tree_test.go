package openapi_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
)

func TestVersionOf(t *testing.T) {
	for _, tt := range []struct{ name, in, want, err string }{
		{"3.0", `{"openapi":"3.0.3"}`, "3.0", ""},
		{"3.1 in YAML", "openapi: 3.1.0", "3.1", ""},
		{"three characters", `{"openapi":"3.2"}`, "3.2", ""},
		{"2.0", `{"swagger":"2.0"}`, "2.0", ""},
		{"both", `{"swagger":"2.0","openapi":"3.0.0"}`, "3.0", ""},
		{"short", `{"openapi":"3."}`, "", "no field openapi"},
		{"number", `{"openapi":3.1}`, "", "no field openapi"},
		{"none", `{}`, "", "no field openapi"},
		{"list", `[]`, "", "not an OpenAPI document"},
		{"cut", `{"openapi":`, "", "line 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := openapi.VersionOf([]byte(tt.in))
			if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// TestReferences checks which references are found in a document, and errors of trees.
func TestReferences(t *testing.T) {
	tree, err := openapi.ParseTree([]byte(`
a: {$ref: "#/1"}
b: [{$ref: "#/2"}, {$ref: {c: 1}}, "$ref"]
discriminator: {mapping: {x: "#/3", y: Cat}}
mapping: text
d: &d {$ref: "#/4"}
e: *d
`))
	if err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(maps.Keys(openapi.References(tree.Root)))
	if want := "[#/1 #/2 #/3 #/4 #/components/schemas/#/3 #/components/schemas/Cat Cat]"; fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
	if n := len(openapi.References(nil)); n != 0 {
		t.Errorf("%d references in nothing", n)
	}
	for in, want := range map[string]string{"[1]": "it is not an object", "a: [": "line 1", "a: &a [*a]": "contains itself"} {
		if _, err := openapi.ParseTree([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
}

// TestLoadFile checks that errors name the file.
func TestLoadFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, data string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if doc, err := openapi.LoadFile(write("good", `{"openapi":"3.0.0","info":{"title":"T","version":"1"},"paths":{}}`)); err != nil || doc.Info.Title != "T" {
		t.Errorf("got %v, %v", doc, err)
	}
	missing := filepath.Join(dir, "missing")
	if _, err := openapi.LoadFile(missing); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Errorf("missing: %v", err)
	}
	bad := write("bad", "{}")
	if _, err := openapi.LoadFile(bad); !errors.Is(err, openapi.ErrNotOpenAPI) || !strings.Contains(err.Error(), bad) {
		t.Errorf("bad: %v", err)
	}
	if _, err := openapi.LoadFile(dir); err == nil || errors.Is(err, openapi.ErrNotOpenAPI) || !strings.Contains(err.Error(), dir) {
		t.Errorf("a directory: %v", err)
	}
}

func TestOperationKeys(t *testing.T) {
	for key, want := range map[string]bool{
		"get": true, "head": true, "post": true, "put": true, "patch": true, "delete": true, "options": true, "trace": true,
		"GET": false, "parameters": false, "": false, "connect": false,
	} {
		if openapi.IsOperationKey(key) != want {
			t.Errorf("%s: %v", key, !want)
		}
	}
}

// TestParameters checks that parameters of an operation replace those of its path.
func TestParameters(t *testing.T) {
	doc, err := openapi.Load([]byte(`{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{"/a":{
	 "parameters":[{"name":"p","in":"query","description":"item"},{"name":"q","in":"query"}],
	 "get":{"parameters":[{"name":"p","in":"query","description":"operation"},{"name":"p","in":"header"}],"responses":{}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	item := doc.Paths.Value("/a")
	item.Get.Parameters = append(item.Get.Parameters, nil)
	var got []string
	for _, p := range openapi.Parameters(item, item.Get) {
		got = append(got, p.In+" "+p.Name+" "+p.Description)
	}
	if want := "[query p operation header p  query q ]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// TestParseByteOrderMark checks that a byte order mark changes nothing of what is read.
func TestParseByteOrderMark(t *testing.T) {
	for _, text := range []string{"{\n\t\"a\": 1E5, \"b\": \"\\u00e9\\/\", \"c\": 12345678901234567890}", "a: 1\n", "[1, 2]", "{"} {
		want, wantErr := openapi.Parse([]byte(text))
		got, err := openapi.Parse([]byte("\ufeff" + text))
		if fmt.Sprint(got, err) != fmt.Sprint(want, wantErr) {
			t.Errorf("%s: got %v, %v; want %v, %v", text, got, err, want, wantErr)
		}
	}
}
