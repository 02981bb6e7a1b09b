package spectools

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
)

// related is a media type of parts without names, whose types the document tells.
func related(types ...any) *media {
	schema := openapi3.NewArraySchema().WithItems(&openapi3.Schema{})
	return &media{typ: "multipart/related", kind: bodyMultipart, doc: &openapi3.MediaType{Schema: schema.NewRef(), Extensions: map[string]any{openapi.ExtParts: types}}}
}

// TestPartsBack: parts read from what was written are the same, whatever they hold; and the same parts make the same body.
func TestPartsBack(t *testing.T) {
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
		data, typ, err := m.encodeParts("multipart/related; type=\"application/json\"", list)
		if err != nil {
			t.Fatal(err)
		}
		if again, _, _ := m.encodeParts("multipart/related", list); !bytes.Equal(again, data) {
			t.Fatal("the same parts made another body")
		}
		back, err := partsArgument(typ, data)
		if err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		if !bytes.Equal(orderedjson.Encode(back), orderedjson.Encode(list)) {
			t.Fatalf("got %s\nwant %s", orderedjson.Encode(back), orderedjson.Encode(list))
		}
	}
}

// TestPartsRefused: what cannot be a part is told, by its place.
func TestPartsRefused(t *testing.T) {
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
		if _, _, err := m.encodeParts("multipart/related", x.v); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, want %q", x.name, err, x.want)
		}
	}
}
