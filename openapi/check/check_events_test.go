package check_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/internal/openapitest"
	"github.com/spectap/spectap/openapi/merge"
)

// TestCheckEvents checks events by the schema of their name, others by the schema of all events.
func TestCheckEvents(t *testing.T) {
	of := func(name string, k schema.Kind) *schema.Schema {
		return &schema.Schema{Kind: schema.Object, Properties: []schema.Property{{Name: name, Schema: &schema.Schema{Kind: k}, Required: true}}}
	}
	begin, end := &schema.Schema{Ref: "BeginEvent"}, of("count", schema.Integer)
	d := infer.Document{Title: "t", Servers: []string{"https://api.example.com"}, Components: []schema.Component{{Name: "BeginEvent", Schema: of("id", schema.String)}},
		Operations: []infer.Operation{{Method: "GET", Path: "/feed", ID: "feed", Responses: []infer.Response{{Status: 200, Content: []infer.Media{{Type: "text/event-stream",
			Schema: &schema.Schema{AnyOf: []*schema.Schema{begin, end}}, Events: []infer.Event{{Name: "begin", Schema: begin}, {Name: "end", Schema: end}}}}}}}}}
	for _, version := range []string{"3.0", "3.1"} {
		built, err := build.Document(d, build.Options{Version: version})
		if err != nil {
			t.Fatal(err)
		}
		text := openapitest.Encode(t, built, openapi.YAML)
		doc, err := openapi.Load(text)
		if err != nil {
			t.Fatal(err)
		}
		same, err := merge.Into(text, built)
		if err != nil || !bytes.Equal(same, text) {
			t.Errorf("merging a document into itself changed it: %v\n%s", err, same)
		}
		for stream, want := range map[string]int{
			"event: begin\ndata: {\"id\":\"x\"}\n\nevent: end\ndata: {\"count\":1}\n\n": 0,
			"event: end\ndata: {\"id\":\"x\"}\n\n":                                      1, // what begins says
			"event: other\ndata: {\"id\":\"x\"}\n\n":                                    0,
			"data: {\"id\":7}\n\n":                                                      1,
		} {
			f := flow.Flow{Done: true, Request: flow.Request{Method: "GET", Scheme: "https", Authority: "api.example.com", Path: "/feed"},
				Response: &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "text/event-stream"}}, Body: flow.Body{Data: []byte(stream), Size: int64(len(stream))}}}
			for _, doc := range []*openapi3.T{built, doc} {
				c, err := check.New(doc, check.Config{})
				if err != nil {
					t.Fatal(err)
				}
				if got := c.Check(context.Background(), &f).Mismatches; len(got) != want {
					t.Errorf("OpenAPI %s: %q breaks %d rules, want %d: %v", version, stream, len(got), want, got)
				}
			}
		}
	}
}
