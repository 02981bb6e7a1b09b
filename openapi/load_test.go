package openapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/corpustest"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/internal/openapitest"
	"github.com/spectap/spectap/openapi/router"
)

func TestLoadVersions(t *testing.T) {
	for name, data := range map[string]string{
		"2.0": `{"swagger":"2.0","info":{"title":"t","version":"1"},"host":"h.example","basePath":"/v1","schemes":["https"],"consumes":["application/json"],
			"paths":{"/a":{"post":{"parameters":[{"in":"body","name":"b","schema":{"$ref":"#/definitions/A"}}],"responses":{"200":{"description":"ok","schema":{"$ref":"#/definitions/A"}}}}}},
			"definitions":{"A":{"type":"object","properties":{"id":{"type":"integer"}}}}}`,
		"3.0 YAML":   "openapi: 3.0.3\ninfo: {title: t, version: 1.10}\npaths:\n  /a:\n    post:\n      responses:\n        200: {description: ok}\n",
		"byte order": "\xef\xbb\xbfopenapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {/a: {post: {responses: {default: {description: ok}}}}}\n",
		"anchors":    "openapi: 3.1.0\nx-r: &r {description: ok}\ninfo: {title: t, version: '1'}\npaths: {/a: {post: {responses: {'200': {<<: *r}}}}}\n",
		"flow style": "{openapi: 3.1.0, info: {title: t, version: '1'}, paths: {/a: {post: {responses: {'200': {description: ok}}}}}}",
		"dated":      "openapi: 3.1.0\ninfo: {title: t, version: 2026-01-02}\npaths: {/a: {post: {responses: {'200': {description: ok}}}}}",
	} {
		t.Run(name, func(t *testing.T) {
			doc := must.Get(openapi.Load([]byte(data)))
			if doc.Paths.Value("/a") == nil || doc.Paths.Value("/a").Post == nil {
				t.Error("the operation is lost")
			}
		})
	}
}

// kin-openapi takes "$Ref" for "$ref", since encoding/json ignores case.
func TestLoadRefInCapitals(t *testing.T) {
	doc := must.Get(openapi.Load([]byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{},"components":{"schemas":{
		"A":{"type":"string"}, "B":{"$Ref":"#/components/schemas/A"}, "C":{"type":"object","properties":{"a":{"$Ref":"#/components/schemas/A","type":"integer"}}}}}}`)))
	for name, s := range map[string]*openapi3.SchemaRef{
		"B": doc.Components.Schemas["B"], "C": doc.Components.Schemas["C"].Value.Properties["a"],
	} {
		if s.Value == nil || !s.Value.Type.Is("string") {
			t.Errorf("%s is %v, not A", name, s.Value)
		}
	}
}

// TestLoadScalars checks dates, versions and numbers without quotes.
func TestLoadScalars(t *testing.T) {
	doc := must.Get(openapi.Load([]byte("openapi: 3.1.0\ninfo: {title: t, version: 1.10}\npaths: {}\nx-n: 9007199254740991\nx-d: 2026-01-02\nx-h: 0x10\n" +
		"components: {schemas: {A: {type: string, default: 007, enum: [0x1F, 1_000, .5, +1, True]}}}\n")))
	number := must.Get(openapi.Load([]byte(`{"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"A": {"type": "string", "default": 10}}}}`)))
	if a := number.Components.Schemas["A"].Value; a.Default != "10" {
		t.Errorf("default %v", a.Default)
	}
	a, _ := json.Marshal(doc.Components.Schemas["A"])
	got := string(a) + string(openapitest.Encode(t, doc, openapi.JSON))
	for _, want := range []string{`"default":"007","enum":["0x1F","1_000",".5","+1","True"]`, `"version": "1.10"`, `"x-n": 9007199254740991`, `"x-d": "2026-01-02"`, `"x-h": 16`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

// corpusDocuments returns real documents. There are none on a machine without the corpus.
func corpusDocuments(t testing.TB) map[string][]byte {
	out := map[string][]byte{}
	for _, name := range corpustest.Names(t) {
		out[name] = corpustest.Read(t, name, corpustest.Document)
	}
	return out
}

func TestLoadReal(t *testing.T) {
	if testing.Short() {
		t.Skip("large documents")
	}
	for name, data := range corpusDocuments(t) {
		if len(data) > corpustest.Large {
			continue
		}
		t.Run(name, func(t *testing.T) {
			doc := must.Get(openapi.Load(data))
			back := must.Get(openapi.Load(openapitest.Encode(t, doc, openapi.YAML)))
			if !bytes.Equal(openapitest.Encode(t, back, openapi.JSON), openapitest.Encode(t, doc, openapi.JSON)) {
				t.Error("YAML says something else")
			}
		})
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(openapitest.Shop))
	f.Add([]byte(openapitest.Routes))
	f.Add([]byte(`{"swagger":"2.0","paths":{"/a":{"get":{"parameters":[{"in":"body"}]}}},"definitions":{"A":{"allOf":[{}]}}}`))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte(newest))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := openapi.Load(data)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("more than one line: %q", err)
			}
			return
		}
		if doc.Validate(context.Background()) != nil {
			return
		}
		if _, err := router.New(doc); err != nil {
			return
		}
		j := openapitest.Encode(t, doc, openapi.JSON)
		back, err := openapi.Load(openapitest.Encode(t, doc, openapi.YAML))
		if err != nil {
			t.Fatalf("does not read back: %v\n%s", err, j)
		}
		if got := openapitest.Encode(t, back, openapi.JSON); !bytes.Equal(got, j) {
			t.Fatalf("reads back differently:\n%s\nwas\n%s", got, j)
		}
	})
}

// TestLoadEndlessAlias holds that an anchor that contains itself is an error, not the end of the
// process.
func TestLoadEndlessAlias(t *testing.T) {
	for _, doc := range []string{"openapi: 3.1.0\nx: &a\n  y: *a\n", "&a [*a]", "a: &a\n  b: &b\n    c: *a\n    d: *b\n"} {
		if _, err := openapi.Load([]byte(doc)); err == nil || !strings.Contains(err.Error(), "contains itself") {
			t.Errorf("%q: %v", doc, err)
		}
	}
}
