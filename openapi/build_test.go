package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
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

// The short way to plain data gives what encoding as JSON gives.
func TestPlain(t *testing.T) {
	same := func(t interface{ Fatal(...any) }, doc *openapi3.T) {
		got, err := plain(doc)
		if err != nil {
			t.Fatal(err)
		}
		want, err := viaJSON(doc)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			x, y := jsonData(got), jsonData(want)
			i := 0
			for i < len(x) && i < len(y) && x[i] == y[i] {
				i++
			}
			t.Fatal(x[max(0, i-300):min(len(x), i+100)], "\nwant", y[max(0, i-100):min(len(y), i+100)])
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		doc, err := Build(genDocument(t), Options{Version: rapid.SampledFrom([]string{"3.0", "3.1"}).Draw(t, "version")})
		if err != nil {
			t.Fatal(err)
		}
		same(t, doc)
	})
	for _, data := range append(slices.Collect(maps.Values(corpusDocuments(t))), []byte(shop), []byte(routes)) {
		doc, err := Load(data)
		if err != nil {
			t.Fatal(err)
		}
		same(t, doc)
	}
}

func jsonData(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
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
