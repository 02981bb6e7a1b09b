package openapi_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

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
			doc, err := build.Document(d, build.Options{Version: v})
			if err != nil {
				t.Fatal(err)
			}
			again, err := build.Document(d, build.Options{Version: v})
			if err != nil {
				t.Fatal(err)
			}
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
