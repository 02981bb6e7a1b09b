package build

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/internal/openapitest"
	"github.com/spectap/spectap/openapi/merge"
)

// withHeaders returns a document of n operations that return the header ETag. The first one has a
// schema of kind odd.
func withHeaders(n int, odd schema.Kind) infer.Document {
	d := infer.Document{Title: "t", Servers: []string{"https://api.example.com"}}
	for i := range n {
		kind := schema.String
		if i == 0 {
			kind = odd
		}
		d.Operations = append(d.Operations, infer.Operation{Method: "GET", Path: fmt.Sprintf("/a%d", i), ID: fmt.Sprintf("getA%d", i), Responses: []infer.Response{{Status: 200,
			Content: []infer.Media{{Type: fmt.Sprintf("text/x-%d", i)}}, // different bodies, so that the responses are not shared
			Headers: []infer.Param{{Name: "ETag", In: infer.InHeader, Description: "Version.", Schema: &schema.Schema{Kind: kind}}}}}})
	}
	return d
}

func TestSharedHeaders(t *testing.T) {
	for _, tt := range []struct{ operations, refs int }{{2, 0}, {3, 3}, {9, 9}} {
		doc, err := Document(withHeaders(tt.operations, schema.String), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if text := string(openapitest.Encode(t, doc, openapi.YAML)); strings.Count(text, "#/components/headers/ETag") != tt.refs {
			t.Errorf("%d operations:\n%s", tt.operations, text)
		}
	}
	doc, err := Document(withHeaders(5, schema.Integer), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if text := string(openapitest.Encode(t, doc, openapi.YAML)); strings.Count(text, "#/components/headers/ETag") != 4 || strings.Count(text, "type: integer") != 1 {
		t.Errorf("the odd one:\n%s", text)
	}
}

// TestMergeSharedHeaders checks that merging uses an existing header with the same schema, and adds
// one otherwise.
func TestMergeSharedHeaders(t *testing.T) {
	const head = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: https://api.example.com}]\npaths: {}\ncomponents:\n  headers:\n    ETag: # ours\n      description: The mark.\n      schema: {type: "
	doc, err := Document(withHeaders(4, schema.String), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ kind, ref string }{{"string", "#/components/headers/ETag\""}, {"integer", "#/components/headers/ETag2\""}} {
		got, err := merge.Into([]byte(head+tt.kind+"}\n"), doc)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(got), tt.ref) != 4 || !strings.Contains(string(got), "ETag: # ours\n      description: The mark.") {
			t.Errorf("%s:\n%s", tt.kind, got)
		}
		if _, err := openapi.Load(got); err != nil {
			t.Error(err)
		}
		if again, err := merge.Into(got, doc); err != nil || !bytes.Equal(again, got) {
			t.Errorf("the second merge changes it: %v\n%s", err, again)
		}
	}
}
