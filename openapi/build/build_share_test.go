package build_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/openapi/merge"
)

// sharing returns an API of n operations that have parameters and errors in common.
func sharing(n int) infer.Document {
	d := infer.Document{Title: "t", Servers: []string{"https://api.example.com"},
		Components: []schema.Component{{Name: "Error", Schema: &schema.Schema{Kind: schema.Object, Properties: []schema.Property{{Name: "message", Schema: &schema.Schema{Kind: schema.String}}}}}}}
	for _, path := range []string{"/a", "/b", "/c", "/d", "/e", "/f"}[:n] {
		page := &schema.Schema{Kind: schema.Integer}
		if path > "/c" {
			page = &schema.Schema{Kind: schema.String}
		}
		d.Operations = append(d.Operations, infer.Operation{Method: "GET", Path: path, ID: "get" + path[1:],
			Params: []infer.Param{{Name: "per_page", In: infer.InQuery, Schema: page}, {Name: "only" + path[1:], In: infer.InQuery}},
			Responses: []infer.Response{{Status: 200}, {Status: 404, Content: []infer.Media{{Type: "application/json", Schema: &schema.Schema{Ref: "Error"}}}},
				{Status: 410}}})
	}
	return d
}

// TestShare checks that what three operations have is written once, and that different contents get
// different names.
func TestShare(t *testing.T) {
	for _, version := range []string{"3.0", "3.1"} {
		doc, err := build.Document(sharing(6), build.Options{Version: version})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := openapi.Encode(&b, doc, openapi.YAML); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		for ref, uses := range map[string]int{"parameters/PerPage'": 3, "parameters/PerPageQuery'": 3, "responses/NotFound'": 6, "only": 6, "responses/Gone": 0, "name: per_page": 2} {
			if got := strings.Count(strings.ReplaceAll(text, `"`, "'"), ref); got != uses {
				t.Errorf("OpenAPI %s: %d of %s, want %d:\n%s", version, got, ref, uses, text)
			}
		}
		again, err := openapi.Load(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if p := again.Paths.Value("/e").Get.Parameters.GetByInAndName("query", "per_page"); p == nil || !p.Schema.Value.Type.Is("string") {
			t.Errorf("OpenAPI %s: the reference leads to %v", version, p)
		}
	}
}

// TestShareMostFrequentFirst checks that of two contents the one that occurs more often gets the
// better name, each time.
func TestShareMostFrequentFirst(t *testing.T) {
	d := sharing(6)
	d.Operations[2].Params[0].Schema = &schema.Schema{Kind: schema.String} // then four are strings
	last := d.Operations[0]                                                // and three are integers
	last.Path, last.ID = "/g", "getg"
	d.Operations = append(d.Operations, last)
	for range 30 {
		doc, err := build.Document(d, build.Options{})
		if err != nil {
			t.Fatal(err)
		}
		all := doc.Components.Parameters
		if len(all) != 2 || all["PerPage"] == nil || !all["PerPage"].Value.Schema.Value.Type.Is("string") {
			t.Fatalf("%d parameters, PerPage is %+v", len(all), all["PerPage"])
		}
	}
}

func TestShareNotOfTwo(t *testing.T) {
	doc, err := build.Document(sharing(2), build.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if doc.Components.Parameters != nil || doc.Components.Responses != nil {
		t.Error("what two operations have became a component")
	}
}

// TestMergeShared checks that merging a document into itself changes nothing, and that an operation
// is added with its parameters to a document that shares none.
func TestMergeShared(t *testing.T) {
	few, err := build.Document(sharing(2), build.Options{})
	if err != nil {
		t.Fatal(err)
	}
	many, err := build.Document(sharing(6), build.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var a, b bytes.Buffer
	if err := openapi.Encode(&a, few, openapi.YAML); err != nil {
		t.Fatal(err)
	}
	if err := openapi.Encode(&b, many, openapi.YAML); err != nil {
		t.Fatal(err)
	}
	same, err := merge.Into(b.Bytes(), many)
	if err != nil || !bytes.Equal(same, b.Bytes()) {
		t.Errorf("merging a document into itself changed it: %v\n%s", err, same)
	}
	grown, err := merge.Into(a.Bytes(), many)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi.Load(grown)
	if err != nil {
		t.Fatalf("%v\n%s", err, grown)
	}
	for _, path := range []string{"/a", "/f"} {
		op := doc.Paths.Value(path).Get
		if op.Parameters.GetByInAndName("query", "per_page") == nil || op.Responses.Value("404").Value.Content == nil {
			t.Errorf("%s lacks a parameter or an error:\n%s", path, grown)
		}
	}
}

// TestSharePath checks that path parameters that all operations describe alike move to the path
// item, where merging finds them. Others stay with the operations.
func TestSharePath(t *testing.T) {
	id := func(k schema.Kind) infer.Param {
		return infer.Param{Name: "id", In: infer.InPath, Schema: &schema.Schema{Kind: k}}
	}
	d := infer.Document{Title: "t", Servers: []string{"https://api.example.com"}, Operations: []infer.Operation{
		{Method: "GET", Path: "/0/{id}", ID: "first", Params: []infer.Param{id(schema.Integer)}, Responses: []infer.Response{{Status: 200}}},
	}}
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		last := schema.Integer
		if method == "PUT" {
			last = schema.String
		}
		d.Operations = append(d.Operations,
			infer.Operation{Method: method, Path: "/a/{id}", ID: "a" + method, Params: []infer.Param{id(schema.Integer)}, Responses: []infer.Response{{Status: 200}}},
			infer.Operation{Method: method, Path: "/b/{id}", ID: "b" + method, Params: []infer.Param{id(last)}, Responses: []infer.Response{{Status: 200}}})
	}
	doc, err := build.Document(d, build.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, b := doc.Paths.Value("/a/{id}"), doc.Paths.Value("/b/{id}")
	if len(a.Parameters) != 1 || len(a.Get.Parameters) != 0 {
		t.Errorf("/a/{id} has %d parameters, its GET %d; want 1 and 0", len(a.Parameters), len(a.Get.Parameters))
	}
	if one := doc.Paths.Value("/0/{id}"); len(one.Parameters) != 0 || len(one.Get.Parameters) != 1 {
		t.Errorf("/0/{id} has %d parameters, its only operation %d; want 0 and 1", len(one.Parameters), len(one.Get.Parameters))
	}
	if len(b.Parameters) != 0 || len(b.Get.Parameters) != 1 || !b.Put.Parameters[0].Value.Schema.Value.Type.Is("string") {
		t.Errorf("/b/{id} has %d parameters, its GET %d; want 0 and 1", len(b.Parameters), len(b.Get.Parameters))
	}
	var text bytes.Buffer
	if err := openapi.Encode(&text, doc, openapi.YAML); err != nil {
		t.Fatal(err)
	}
	same, err := merge.Into(text.Bytes(), doc)
	if err != nil || !bytes.Equal(same, text.Bytes()) {
		t.Errorf("merging a document into itself changed it: %v\n%s", err, same)
	}
}

// TestShareBodies checks that a response and a request body of three operations become components,
// named after their schema.
func TestShareBodies(t *testing.T) {
	d := sharing(3)
	for i := range d.Operations {
		op := &d.Operations[i]
		media := []infer.Media{{Type: "application/json", Schema: &schema.Schema{Kind: schema.Array, Items: &schema.Schema{Ref: "Error"}}}}
		op.Method, op.Request = "POST", &infer.RequestBody{Content: media}
		op.Responses = append(op.Responses, infer.Response{Status: 201, Content: media})
	}
	doc, err := build.Document(d, build.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if doc.Components.RequestBodies["ErrorListBody"] == nil || doc.Components.Responses["ErrorListResponse"] == nil {
		t.Errorf("components: %v, %v", doc.Components.RequestBodies, doc.Components.Responses)
	}
	if op := doc.Paths.Value("/b").Post; op.RequestBody.Ref == "" || op.RequestBody.Value == nil || op.Responses.Value("201").Ref == "" {
		t.Errorf("POST /b does not refer to them: %+v", op)
	}
}
