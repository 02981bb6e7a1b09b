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

// ringed is a document of n operations that answer the headers ETag and Age-Of.
func ringed(n int, odd schema.Kind) infer.Document {
	d := infer.Document{Title: "t", Servers: []string{"https://api.example.com"}}
	for i := range n {
		kind := schema.String
		if i == 0 {
			kind = odd
		}
		d.Operations = append(d.Operations, infer.Operation{Method: "GET", Path: fmt.Sprintf("/a%d", i), ID: fmt.Sprintf("getA%d", i), Responses: []infer.Response{{Status: 200,
			Content: []infer.Media{{Type: fmt.Sprintf("text/x-%d", i)}}, // else the answers were shared whole
			Headers: []infer.Param{{Name: "ETag", In: infer.InHeader, Description: "Version.", Schema: &schema.Schema{Kind: kind}}}}}})
	}
	return d
}

func TestSharedHeaders(t *testing.T) {
	for _, tt := range []struct{ operations, refs int }{{2, 0}, {3, 3}, {9, 9}} {
		doc, err := Document(ringed(tt.operations, schema.String), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if text := string(openapitest.Encode(t, doc, openapi.YAML)); strings.Count(text, "#/components/headers/ETag") != tt.refs {
			t.Errorf("%d operations:\n%s", tt.operations, text)
		}
	}
	doc, err := Document(ringed(5, schema.Integer), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if text := string(openapitest.Encode(t, doc, openapi.YAML)); strings.Count(text, "#/components/headers/ETag") != 4 || strings.Count(text, "type: integer") != 1 {
		t.Errorf("the odd one:\n%s", text)
	}
}

// TestIntoSharedHeaders holds that a header of a person's is taken where it says the same of values, and left alone where not.
func TestIntoSharedHeaders(t *testing.T) {
	const head = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: https://api.example.com}]\npaths: {}\ncomponents:\n  headers:\n    ETag: # ours\n      description: The mark.\n      schema: {type: "
	doc, err := Document(ringed(4, schema.String), Options{})
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
			t.Errorf("again it changes: %v\n%s", err, again)
		}
	}
}
