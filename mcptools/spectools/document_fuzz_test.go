package spectools

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
)

// FuzzDocument makes tools of any document. Their definitions are JSON without characters that hide,
// and none of them says that it only reads unless its method does.
func FuzzDocument(f *testing.F) {
	const head = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\nservers: [{url: 'https://api.example/v1'}]\npaths:\n"
	f.Add([]byte(head + "  /a/{id}:\n    delete:\n      operationId: \"x\\u202e\"\n      x-mcp-read-only: true\n      parameters: [{name: id, in: path, required: true, schema: {type: string, enum: [\"a\\u200b\"]}}]\n      responses: {'200': {description: ok}}\n"))
	f.Add([]byte(head + "  /../a/{x};b:\n    post: {requestBody: {content: {multipart/form-data: {schema: {$ref: '#/components/schemas/A'}}}}, responses: {}}\ncomponents: {schemas: {A: {type: object, properties: {a: {$ref: '#/components/schemas/A'}}}}}\n"))
	f.Add([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"security":[{"k":[]}],"paths":{"/a":{"get":{"servers":[{"url":"//{h}/","variables":{"h":{"default":"x"}}}]}}},"components":{"securitySchemes":{"k":{"type":"apiKey","in":"query","name":"k"}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := openapi.Load(data)
		if err != nil {
			return
		}
		s, err := FromDocument(doc, Options{BaseURL: "http://127.0.0.1:1"})
		if err != nil {
			return
		}
		defer s.Close()
		var list []any
		for _, tool := range s.Tools() {
			list = append(list, tool.Tool)
		}
		text := must(json.Marshal(list))
		if i := strings.IndexAny(string(text), "\u202e\u2066\u200b\u009b"); i >= 0 {
			t.Errorf("a definition has a character that hides: %q", text)
		}
	})
}
