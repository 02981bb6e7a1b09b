package build_test

import (
	"bytes"
	"testing"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/internal/test/must"
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

// TestMergeShared checks that merging a document into itself changes nothing, and that an operation
// is added with its parameters to a document that shares none.
func TestMergeShared(t *testing.T) {
	few := must.Get(build.Document(sharing(2), build.Options{}))
	many := must.Get(build.Document(sharing(6), build.Options{}))
	var a, b bytes.Buffer
	must.Do(t, openapi.Encode(&a, few, openapi.YAML))
	must.Do(t, openapi.Encode(&b, many, openapi.YAML))
	same, err := merge.Merge(b.Bytes(), many, nil)
	if err != nil || !bytes.Equal(same.Text, b.Bytes()) {
		t.Errorf("merging a document into itself changed it: %v\n%s", err, same.Text)
	}
	grown := must.Get(merge.Merge(a.Bytes(), many, nil))
	doc, err := openapi.Load(grown.Text)
	if err != nil {
		t.Fatalf("%v\n%s", err, grown.Text)
	}
	for _, path := range []string{"/a", "/f"} {
		op := doc.Paths.Value(path).Get
		if op.Parameters.GetByInAndName("query", "per_page") == nil || op.Responses.Value("404").Value.Content == nil {
			t.Errorf("%s lacks a parameter or an error:\n%s", path, grown.Text)
		}
	}
}
