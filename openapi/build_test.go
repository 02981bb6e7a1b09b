package openapi

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
)

func TestBuildValid(t *testing.T) {
	for _, v := range []string{"3.0", "3.1"} {
		t.Run(v, rapid.MakeCheck(func(t *rapid.T) {
			d := genDocument(t)
			if _, err := Build(d, Options{Version: v}); err != nil {
				t.Fatal(err)
			}
		}))
	}
}

func encoded(t interface{ Fatal(...any) }, doc *openapi3.T, f Format) []byte {
	var b bytes.Buffer
	if err := Encode(&b, doc, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is written reads back as the same document from either format, and the bytes are always the same.
func TestEncodeRoundTrip(t *testing.T) {
	for _, v := range []string{"3.0", "3.1"} {
		t.Run(v, rapid.MakeCheck(func(t *rapid.T) {
			d := genDocument(t)
			doc, err := Build(d, Options{Version: v})
			if err != nil {
				t.Fatal(err)
			}
			again, err := Build(d, Options{Version: v})
			if err != nil {
				t.Fatal(err)
			}
			j, y := encoded(t, doc, JSON), encoded(t, doc, YAML)
			if !bytes.Equal(j, encoded(t, again, JSON)) || !bytes.Equal(y, encoded(t, again, YAML)) {
				t.Fatal("bytes differ from one time to the next")
			}
			if !bytes.HasSuffix(j, []byte("}\n")) || !bytes.HasSuffix(y, []byte("\n")) || bytes.HasSuffix(y, []byte("\n\n")) {
				t.Fatal("no newline, or more than one, at the end")
			}
			for _, data := range [][]byte{j, y} {
				back, err := Load(data)
				if err != nil {
					t.Fatalf("%v\n%s", err, data)
				}
				if got := encoded(t, back, JSON); !bytes.Equal(got, j) {
					t.Fatalf("reads back differently:\n%s\nwas\n%s\nfrom\n%s", got, j, data)
				}
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
	for _, f := range []Format{JSON, YAML} {
		b.Run(string(f), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				doc, err := Build(d, Options{Version: "3.0"})
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(encoded(b, doc, f))))
			}
		})
	}
}

// TestValuesOfLines holds that a value may have lines, as documents of GraphQL do, and nothing that a line may not.
func TestValuesOfLines(t *testing.T) {
	for value, want := range map[string]bool{"query A {\n\ta {\r\n    b\n  }\n}\n": true, "": true, "a\x1b[2J": false, "a\n<b>": false, "a\u202eb": false} {
		d := infer.Document{Title: "t", Operations: []infer.Operation{{Method: "POST", Path: "/graphql", ID: "a", Request: &infer.Payload{Content: []infer.Media{{Type: "application/json",
			Schema: &schema.Schema{Kind: schema.Object, Properties: []schema.Property{{Name: "query", Schema: &schema.Schema{Kind: schema.String, Enum: []string{value}}}}}}}}, Responses: []infer.Response{{Status: 200}}}}}
		for _, version := range []string{"3.0", "3.1"} {
			doc, err := Build(d, Options{Version: version})
			if err != nil {
				t.Fatal(err)
			}
			back, err := Load(encoded(t, doc, YAML))
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
