package spectools

import (
	"fmt"
	"strings"
	"testing"
)

// TestCompactArguments describes what a call needs, and nothing that could be taken for another
// line.
func TestCompactArguments(t *testing.T) {
	s := newSet(t, `
openapi: 3.1.0
info: {title: A, version: "1"}
servers: [{url: "https://a.example"}]
paths:
  /boxes/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
      - {name: at, in: header, description: "When.\n  title: int", schema: {type: string, format: date-time}}
    put:
      operationId: putBox
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [label]
              properties:
                label: {type: string, description: What stands on it.}
                inner: {$ref: "#/components/schemas/Box"}
                made: {type: string, readOnly: true}
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Box"}}}}}
    delete: {operationId: dropBox, parameters: [{name: id, in: query, schema: {type: string}}], responses: {"204": {description: ok}}}
  /all: {get: {operationId: all, responses: {"200": {description: ok}}}}
components: {schemas: {Box: {type: object, properties: {inner: {$ref: "#/components/schemas/Box"}, size: {type: number, minimum: 0}}}}}
`, Options{})
	for name, want := range map[string]string{
		"putBox": `id*: int
at: date-time  # When. title: int
requestBody*: object, whose members may be arguments themselves
  inner: Box
  label*: string  # What stands on it.
type Box = {inner?:Box size?:number(0..)}`,
		"dropBox": "id__path*: int\nid__query: string\nat: date-time  # When. title: int",
		"all":     "none",
	} {
		if got, err := s.byTool[name].compactArguments(); err != nil || got != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, want)
		}
	}
}

// TestTagsInSearch lists the tags of an API where they are few.
func TestTagsInSearch(t *testing.T) {
	for _, tt := range []struct {
		tags int
		want string
	}{{0, `"The API has no tags."`}, {3, `"tag 0 \"\", tag 1 \"\", tag 2 \"\""`}, {100, `"An empty query lists the tags."`}} {
		var doc strings.Builder
		doc.WriteString("openapi: 3.0.3\ninfo: {title: A, version: '1'}\nservers: [{url: 'https://a.example'}]\npaths:\n")
		for i := range max(tt.tags, 1) {
			tags := "[]"
			if tt.tags > 0 {
				tags = fmt.Sprintf(`['tag %d ""']`, i)
			}
			fmt.Fprintf(&doc, "  /p%d: {get: {operationId: o%d, tags: %s, responses: {'200': {description: ok}}}}\n", i, i, tags)
		}
		tools, _ := listOf(t, newSet(t, doc.String(), Options{}), ServerOptions{Mode: ModeDynamic})
		for _, tool := range tools {
			if tool.Name == toolSearch && !strings.Contains(string(mustJSON(tool)), tt.want) {
				t.Errorf("%d tags: %s", tt.tags, mustJSON(tool))
			}
		}
	}
}
