package filter

import (
	"testing"

	"github.com/spectap/spectap/openapi"
)

// FuzzDocument filters any document. The result loads if the document does.
func FuzzDocument(f *testing.F) {
	f.Add([]byte("openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get: {tags: [x], responses: {'200': {description: ok}}}\n"), "GET", "x")
	f.Add([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"$ref":"#/components/pathItems/A"}},"components":{"pathItems":{"A":{"post":{"responses":{}}}}}}`), "POST", "")
	f.Add([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"$Ref":"#/components/pathItems/A"}},"components":{"pathItems":{"A":{"post":{"responses":{}}}}}}`), "POST", "")
	f.Add([]byte("swagger: '2.0'\ninfo: {title: t, version: '1'}\npaths: &a {/a: *a}\n"), "", "")
	f.Add([]byte("openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /a: &i {get: &g {tags: [x], responses: &r {'200': {$ref: '#/paths/~1b/get/responses/200'}}}}\n"+
		"  /b: {get: {responses: {'200': {description: d, links: {l: {$ref: '#/components/links/L'}}, content: {a/b: {schema: {items: {$ref: '#/paths/~1b/get/responses/200/content/a~1b/schema'}}}}}}}}\n"+
		"  /c: {$ref: '#/paths/~1b', post: *g}\n  /d: {<<: *i, put: {tags: [x], responses: {<<: *r}}}\ncomponents: {links: {L: {operationRef: '#/paths/~1b/get'}}}\n"), "", "x")
	f.Fuzz(func(t *testing.T, data []byte, method, tag string) {
		c := Config{NoDeprecated: true}
		if method != "" {
			c.Methods = []string{method}
		}
		if tag != "" {
			c.Tags = []string{tag}
		}
		out, kept, err := Document(data, c)
		if err != nil {
			return
		}
		if kept < 0 {
			t.Errorf("kept %d", kept)
		}
		if _, err := openapi.Load(data); err != nil {
			return
		}
		if _, err := openapi.Load(out); err != nil {
			t.Errorf("%s\nwas filtered to\n%s\nwhich does not load: %v", data, out, err)
		}
	})
}
