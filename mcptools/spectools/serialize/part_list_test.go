package serialize

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

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
		if err != nil {
			t.Fatal(err)
		}
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

// TestPartListRefused names the index of a part that cannot be written.
func TestPartListRefused(t *testing.T) {
	part := func(pairs ...any) *orderedjson.Object {
		o := orderedjson.New()
		for i := 0; i < len(pairs); i += 2 {
			o.Set(pairs[i].(string), pairs[i+1])
		}
		return o
	}
	m := related("application/json", "image/png")
	for _, x := range []struct {
		name string
		v    any
		want string
	}{
		{"no list", part(), "must be a list of parts"},
		{"no object", []any{"x"}, "part 0, which must be an object"},
		{"not its type", []any{part("body", part()), part("body", part("a", "b"))}, "part 1, which must be a text or {base64}"},
		{"line break", []any{part("body", "x", "headers", part("X-A", "b\r\nX-C: d"))}, "part 0, which has a header X-A"},
		{"name of a header", []any{part("body", "x", "headers", part("X A", "b"))}, "part 0, which has a header X A"},
		{"content type", []any{part("body", "x", "contentType", "a/b\r\nX: y")}, "part 0, which has a content type"},
	} {
		t.Run(x.name, func(t *testing.T) {
			if _, _, err := m.writePartList("multipart/related", x.v); err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("%v, want %q", err, x.want)
			}
		})
	}
}
