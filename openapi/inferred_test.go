package openapi_test

import (
	"bytes"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// TestInferred checks that a document counts as inferred until somebody changes its text, or writes it again.
func TestInferred(t *testing.T) {
	doc := must.Get(openapi.Load([]byte(openapitest.Shop)))
	for _, format := range []openapi.Format{openapi.YAML, openapi.JSON} {
		var b bytes.Buffer
		must.Do(t, openapi.EncodeInferred(&b, doc, format))
		marked := must.Get(openapi.Load(b.Bytes()))
		var again bytes.Buffer
		must.Do(t, openapi.Encode(&again, marked, format))
		again.WriteByte('\n')
		texts := map[string][]byte{
			"changed": bytes.Replace(b.Bytes(), []byte("pets"), []byte("cats"), 1), "without the mark": []byte(openapitest.Shop), "with another line": again.Bytes(),
		}
		if !openapi.IsInferred(marked) || openapi.IsInferred(doc) {
			t.Errorf("%s: marked %t, the document itself %t", format, openapi.IsInferred(marked), openapi.IsInferred(doc))
		}
		for name, text := range texts {
			if other, err := openapi.Load(text); err != nil || openapi.IsInferred(other) {
				t.Errorf("%s, %s: counts as inferred, %v", format, name, err)
			}
		}
	}
}
