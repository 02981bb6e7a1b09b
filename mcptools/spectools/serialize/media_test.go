package serialize

import (
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
)

// TestIsFile checks which fields of a form are files, by their schema and the content type of their
// encoding.
func TestIsFile(t *testing.T) {
	for _, x := range []struct {
		schema, typ string
		want        bool
	}{
		{`{"type":"string","format":"binary"}`, "", true},
		{`{"type":"string"}`, "", false},
		{`{"type":"string"}`, "image/png", true},
		{`{"type":"string"}`, "image/png, image/gif", true},
		{`{"type":"string"}`, " text/csv , text/plain", true},
		{`{"type":"string"}`, "text/plain", false},
		{`{"type":"string"}`, "text/plain; charset=utf-8", false},
		{`{"type":"string"}`, "text/xml", true},
		{`{"type":"string"}`, "application/yaml", false},
		{`{"type":"string"}`, "application/json", false},
		{`{"type":"integer"}`, "image/png", false},
		{`{}`, "image/png", true},
		{`{}`, "application/yaml", true},
		{`{}`, "application/json", false},
		{`{}`, "", false},
		{`{"properties":{"a":{}}}`, "image/png", false},
		{`{"items":{}}`, "image/png", false},
	} {
		m := &Media{Doc: &openapi3.MediaType{Encoding: map[string]*openapi3.Encoding{"f": {ContentType: x.typ}}}}
		schema := schemaOf(t, x.schema)
		if got := m.IsFile("f", schema); got != x.want {
			t.Errorf("%s, %q: %t", x.schema, x.typ, got)
		}
		if got, want := m.IsFile("other", schema), schema.Value.Format == "binary"; got != want {
			t.Errorf("%s without an encoding: %t", x.schema, got)
		}
	}
	media := &Media{Doc: new(openapi3.MediaType)}
	encoded := &openapi3.SchemaRef{Value: &openapi3.Schema{ContentMediaType: "image/png", ContentEncoding: "base64"}}
	plain := &openapi3.SchemaRef{Value: &openapi3.Schema{ContentMediaType: "image/png"}}
	if media.IsFile("f", nil) || media.IsFile("f", new(openapi3.SchemaRef)) || media.IsFile("f", encoded) || !media.IsFile("f", plain) {
		t.Error("a file is a media type without a content encoding")
	}
}

// TestPartTypes checks which forms are lists of parts, and the types of these.
func TestPartTypes(t *testing.T) {
	for typ, want := range map[string]bool{
		"multipart/mixed": true, "multipart/related; boundary=b": true, "multipart/form-data": false, "Multipart/Form-Data; x=y": false,
		"multipart/*": false, "application/json": false,
	} {
		m := &Media{Type: typ, Kind: KindOf(typ), Doc: &openapi3.MediaType{Schema: schemaOf(t, `{"type":"array"}`)}}
		if m.IsPartList() != want {
			t.Errorf("%s is a list: %t", typ, !want)
		}
		m.Doc.Schema = schemaOf(t, `{"type":"object"}`)
		if m.IsPartList() {
			t.Errorf("an object in %s is a list", typ)
		}
	}
	m := &Media{Doc: &openapi3.MediaType{Extensions: map[string]any{openapi.ExtParts: []any{"a/b", 1, "c/d"}}}}
	if got := m.PartTypes(); !slices.Equal(got, []string{"a/b", "", "c/d"}) {
		t.Errorf("the types are %q", got)
	}
}

// TestScalars reads the value of a parameter as the narrowest of the types that its schema names.
func TestScalars(t *testing.T) {
	for _, x := range []struct{ schema, query, want string }{
		{`{"type":"integer"}`, "0", `0`}, {`{"type":"integer"}`, "9", `9`}, {`{"type":"integer"}`, "-1", `-1`},
		{`{"type":"integer"}`, "01", `"01"`}, {`{"type":"integer"}`, "1.5", `"1.5"`}, {`{"type":"integer"}`, "1e2", `"1e2"`},
		{`{"type":"number"}`, "1.5", `1.5`}, {`{"type":"number"}`, "1E2", `1E2`}, {`{"type":["integer","number"]}`, "1.5", `1.5`},
		{`{"type":"number"}`, "%2B1", `"+1"`}, {`{"type":"number"}`, "true", `"true"`}, {`{"type":"number"}`, "-", `"-"`},
		{`{"type":["integer","boolean","string"]}`, "true", `true`}, {`{"type":["integer","boolean","string"]}`, "1", `1`},
		{`{"type":["boolean","string"]}`, "false", `false`}, {`{"type":"boolean"}`, "yes", `"yes"`}, {`{"type":"string"}`, "1", `"1"`},
		{`{"type":["integer","string"],"enum":[1,"2"]}`, "2", `"2"`}, {`{"type":["integer","string"],"enum":[1,"2"]}`, "1", `1`},
	} {
		o := operationOf(t, Parameter{In: "query", Style: "form", Explode: true}, x.schema)
		back, err := o.QueryArguments("n=" + x.query)
		if got := string(orderedjson.Encode(back)); err != nil || got != `{"x":`+x.want+`}` {
			t.Errorf("%s, %s: %s, %v", x.schema, x.query, got, err)
		}
	}
}
