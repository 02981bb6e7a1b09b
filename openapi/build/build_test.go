package build

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// TestBuildValid checks that random documents are valid.
func TestBuildValid(t *testing.T) {
	for _, v := range []string{"3.0", "3.1"} {
		t.Run(v, rapid.MakeCheck(func(t *rapid.T) {
			d := openapitest.Document(t)
			if _, err := Document(d, Options{Version: v}); err != nil {
				t.Fatal(err)
			}
		}))
	}
}

func BenchmarkBuildEncode(b *testing.B) {
	d := infer.Document{Title: "t", Servers: []string{"https://api.example.com/v1"}}
	item := &schema.Schema{Kind: schema.Object}
	for i := range 20 {
		item.Properties = append(item.Properties, schema.Property{Name: fmt.Sprintf("property%02d", i), Schema: &schema.Schema{Kind: schema.String, Nullable: i%2 == 0}, Required: true})
	}
	for i := range 200 {
		d.Components = append(d.Components, schema.Component{Name: fmt.Sprintf("Thing%03d", i), Schema: item})
	}
	for i := range 1000 {
		d.Operations = append(d.Operations, infer.Operation{Method: "GET", Path: fmt.Sprintf("/group%d/{id}/things%d", i%50, i), ID: fmt.Sprint("op", i),
			Params:    []infer.Param{{Name: "id", In: infer.InPath, Schema: &schema.Schema{Kind: schema.String}}, {Name: "limit", In: infer.InQuery, Schema: &schema.Schema{Kind: schema.Integer}}},
			Responses: []infer.Response{{Status: 200, Content: []infer.Media{{Type: "application/json", Schema: &schema.Schema{Ref: d.Components[i%200].Name}}}}}})
	}
	for _, f := range []openapi.Format{openapi.JSON, openapi.YAML} {
		b.Run(string(f), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				doc, err := Document(d, Options{Version: "3.0"})
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(openapitest.Encode(b, doc, f))))
			}
		})
	}
}

// TestEnumOfLines checks that a value may have several lines, as GraphQL documents do, but no
// control characters.
func TestEnumOfLines(t *testing.T) {
	for value, want := range map[string]bool{"query A {\n\ta {\r\n    b\n  }\n}\n": true, "": true, "a\x1b[2J": false, "a\n<b>": false, "a\u202eb": false} {
		d := infer.Document{Title: "t", Operations: []infer.Operation{{Method: "POST", Path: "/graphql", ID: "a", Request: &infer.RequestBody{Content: []infer.Media{{Type: "application/json",
			Schema: &schema.Schema{Kind: schema.Object, Properties: []schema.Property{{Name: "query", Schema: &schema.Schema{Kind: schema.String, Enum: []string{value}}}}}}}}, Responses: []infer.Response{{Status: 200}}}}}
		for _, version := range []string{"3.0", "3.1"} {
			doc, err := Document(d, Options{Version: version})
			if err != nil {
				t.Fatal(err)
			}
			back, err := openapi.Load(openapitest.Encode(t, doc, openapi.YAML))
			if err != nil {
				t.Fatal(err)
			}
			s := back.Paths.Value("/graphql").Post.RequestBody.Value.Content["application/json"].Schema.Value.Properties["query"].Value
			if got := slices.Equal(s.Enum, []any{value}) || s.Const == any(value); got != want {
				t.Errorf("%s, %q: enum %q, const %q", version, value, s.Enum, s.Const)
			}
		}
	}
}

// TestPartialBodies checks that a media type tells of bodies that were learned only in part, beside
// its other extensions.
func TestPartialBodies(t *testing.T) {
	b := &builder{v31: true}
	types := b.content([]infer.Media{
		{Type: "application/json"}, {Type: "multipart/mixed", Parts: []string{"text/plain"}, Partial: 3},
	})
	if e := types["application/json"].Extensions; len(e) != 0 {
		t.Errorf("extensions of a type whose bodies were learned: %v", e)
	}
	if e := types["multipart/mixed"].Extensions; e[openapi.ExtPartial] != 3 || len(e) != 2 {
		t.Errorf("extensions %v", e)
	}
}
