package serialize

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
)

// related returns the media type of a list of parts whose content types the document names.
func related(types ...any) *Media {
	schema := openapi3.NewArraySchema().WithItems(&openapi3.Schema{})
	return &Media{Type: "multipart/related", Kind: Multipart, Doc: &openapi3.MediaType{Schema: schema.NewRef(), Extensions: map[string]any{openapi.ExtParts: types}}}
}

// TestPartListRoundTrip writes random parts and reads them back. The same parts make the same body.
func TestPartListRoundTrip(t *testing.T) {
	m := related("application/json", "text/plain")
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		list := []any{}
		for range r.IntN(4) {
			o, headers := orderedjson.New(), orderedjson.New()
			switch r.IntN(4) {
			case 0:
				o.Set("contentType", "application/json; charset=utf-8")
				inner := orderedjson.New()
				inner.Set("base64", "QQ==") // data that looks like bytes
				o.Set("body", []any{true, nil, "\r\n--x--", inner})
			case 1:
				o.Set("contentType", "application/http")
				o.Set("body", "GET / HTTP/1.1\r\n\r\n--B--\r\n")
			case 2:
				o.Set("contentType", "image/png")
				bytes := orderedjson.New()
				bytes.Set("base64", "iVBO/w==")
				o.Set("body", bytes)
			case 3:
				o.Set("contentType", "text/plain")
				headers.Set("Content-Id", "<a@b>")
				o.Set("headers", headers)
				o.Set("body", "")
			}
			list = append(list, o)
		}
		data, typ, err := m.writePartList("multipart/related; type=\"application/json\"", list)
		must.Do(t, err)
		if again, _, _ := m.writePartList("multipart/related", list); !bytes.Equal(again, data) {
			t.Fatal("the same parts made another body")
		}
		back, err := readPartList(typ, data)
		if err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		if !bytes.Equal(orderedjson.Encode(back), orderedjson.Encode(list)) {
			t.Fatalf("got %s\nwant %s", orderedjson.Encode(back), orderedjson.Encode(list))
		}
	}
}
