package openapi_test

import (
	"bytes"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// TestEncodeRoundTrip checks that both formats read back as the same document, and that the bytes
// never vary.
func TestEncodeRoundTrip(t *testing.T) {
	for _, v := range []string{"3.0", "3.1"} {
		t.Run(v, rapid.MakeCheck(func(t *rapid.T) {
			d := openapitest.Document(t)
			doc := must.Get(build.Document(d, build.Options{Version: v}))
			again := must.Get(build.Document(d, build.Options{Version: v}))
			j, y := openapitest.Encode(t, doc, openapi.JSON), openapitest.Encode(t, doc, openapi.YAML)
			if !bytes.Equal(j, openapitest.Encode(t, again, openapi.JSON)) || !bytes.Equal(y, openapitest.Encode(t, again, openapi.YAML)) {
				t.Fatal("bytes differ from one time to the next")
			}
			if !bytes.HasSuffix(j, []byte("}\n")) || !bytes.HasSuffix(y, []byte("\n")) || bytes.HasSuffix(y, []byte("\n\n")) {
				t.Fatal("no newline, or more than one, at the end")
			}
			for _, data := range [][]byte{j, y} {
				back, err := openapi.Load(data)
				if err != nil {
					t.Fatalf("%v\n%s", err, data)
				}
				if got := openapitest.Encode(t, back, openapi.JSON); !bytes.Equal(got, j) {
					t.Fatalf("reads back differently:\n%s\nwas\n%s\nfrom\n%s", got, j, data)
				}
			}
		}))
	}
}

// TestEncodeEscapes writes text that does not show, or that acts on a terminal, as escapes that mean
// the same.
func TestEncodeEscapes(t *testing.T) {
	const odd = "a\x1b[2J\u009b\u202e\u200b\u2028\ufeff\U000e0041\ufe0f\r\x7f🙂"
	name := odd + "-1"
	doc := &openapi3.T{OpenAPI: "3.1.0", Info: &openapi3.Info{Title: odd, Version: "1", Description: "one\n" + odd + "\n"}, Paths: openapi3.NewPaths()}
	schema := &openapi3.Schema{Enum: []any{odd}}
	doc.Components = &openapi3.Components{Schemas: openapi3.Schemas{"S": {Value: &openapi3.Schema{Properties: openapi3.Schemas{name: {Value: schema}}}}}}
	for _, format := range []openapi.Format{openapi.JSON, openapi.YAML} {
		var b bytes.Buffer
		must.Do(t, openapi.Encode(&b, doc, format))
		if visible.Text(b.String()) != b.String() {
			t.Errorf("%s has characters that do not show: %+q", format, b.String())
		}
		got := must.Get(openapi.Load(b.Bytes()))
		p := got.Components.Schemas["S"].Value.Properties[name]
		if got.Info.Title != odd || got.Info.Description != doc.Info.Description || p == nil || p.Value.Enum[0] != odd {
			t.Errorf("%s reads back as %+q, %+q, %v", format, got.Info.Title, got.Info.Description, p)
		}
	}
}
