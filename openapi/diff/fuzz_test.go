package diff_test

import (
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/diff"
)

// FuzzDocuments compares any two documents. A document does not differ from itself.
func FuzzDocuments(f *testing.F) {
	const head = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      responses: {'200': {description: ok, content: {application/json: {schema: "
	f.Add([]byte(head+"{type: string, enum: [a]}}}}}\n"), []byte(head+"{allOf: [{type: string}, {enum: [b]}]}}}}}\n"))
	f.Add([]byte(head+"{$ref: '#/components/schemas/A'}}}}}\ncomponents: {schemas: {A: {anyOf: [{$ref: '#/components/schemas/A'}, {type: object}]}}}\n"), []byte(head+"{}}}}}\n"))
	f.Add([]byte("openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {}}}\n"), []byte("swagger: '2.0'\ninfo: {title: t, version: '1'}\npaths: {}\n"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		one, err := openapi.Load(a)
		if err != nil {
			return
		}
		same := must.Get(openapi.Load(a))
		var c diff.Comparer
		if changes, err := c.Documents(t.Context(), one, same); err == nil && len(changes) > 0 {
			t.Errorf("%s\ndiffers from itself: %v", a, changes)
		}
		one, err = openapi.Load(a)
		if err != nil {
			return
		}
		if other, err := openapi.Load(b); err == nil {
			c.Documents(t.Context(), one, other)
		}
	})
}
