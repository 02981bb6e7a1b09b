package spectools

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// archive has operations that a search must distinguish by where a word occurs.
const archive = `
openapi: 3.0.3
info: {title: Archive, version: "1"}
servers: [{url: "https://a.example"}]
paths:
  /one: {get: {operationId: one, description: about comets and moons, responses: {"200": {description: ok}}}}
  /two: {get: {operationId: two, parameters: [{name: comet, in: query, schema: {type: string}}], responses: {"200": {description: ok}}}}
  /three: {get: {operationId: three, tags: [Comets], responses: {"200": {description: ok}}}}
  /comets: {get: {operationId: four, responses: {"200": {description: ok}}}}
  /x/y/sun: {get: {operationId: sunDeep, deprecated: true, responses: {"200": {description: ok}}}}
  /sun:
    get: {operationId: sunFlat, responses: {"200": {description: ok}}}
    put: {operationId: sunPut, responses: {"200": {description: ok}}}
    delete: {operationId: sunGone, responses: {"200": {description: ok}}}
`

func TestSearchRanks(t *testing.T) {
	s := newSet(t, archive, Options{})
	c := connectTo(t, NewServer(s, ServerOptions{Mode: ModeDynamic}), true)
	for _, tt := range []struct{ name, args, want string }{
		{"place of the word", `{"query":"comet"}`, "[four three two one]"},
		{"rare words weigh more", `{"query":"comet moon"}`, "[four one three two]"},
		{"shorter path first", `{"query":"sun","method":"GET"}`, "[sunFlat sunDeep]"},
		{"verb of a method", `{"query":"remove sun","limit":1}`, "[sunGone]"},
		{"verb of another method", `{"query":"update sun","limit":1}`, "[sunPut]"},
		{"verb alone", `{"query":"delete"}`, "[]"},
		{"unknown word", `{"query":"planet"}`, "[]"},
		{"tag in another case", `{"tag":"COMETS"}`, "[three]"},
		{"unknown tag", `{"tag":"comet"}`, "[]"},
		{"offset", `{"query":"comet","offset":1,"limit":2}`, "[three two]"},
		{"offset at the end", `{"query":"comet","offset":4}`, "[]"},
		{"offset behind the end", `{"query":"comet","offset":1000000}`, "[]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := call(t, c, "search_operations", tt.args)
			if got := fmt.Sprint(operationsOf(r)); got != tt.want && !(tt.want == "[]" && len(operationsOf(r)) == 0) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	r := call(t, c, "search_operations", `{"query":"comet","limit":1,"offset":2}`)
	if got := string(mustJSON(r.Raw["operations"])); r.Raw["total"] != 4.0 || r.Raw["offset"] != 2.0 || !strings.Contains(got, `["comet"]`) {
		t.Errorf("got %v", r.Raw)
	}
	var deep []struct {
		Deprecated, Confirmation_required bool
		Path, Method                      string
	}
	data := mustJSON(call(t, c, "search_operations", `{"query":"sun deep"}`).Raw["operations"])
	if err := json.Unmarshal(data, &deep); err != nil || !deep[0].Deprecated || deep[1].Deprecated || deep[0].Path != "/x/y/sun" {
		t.Errorf("got %s, %v", data, err)
	}
}

// TestDescribeAll checks that schemas of many tools are left out, but not that of a named one.
func TestDescribeAll(t *testing.T) {
	var doc strings.Builder
	doc.WriteString("openapi: 3.0.3\ninfo: {title: A, version: '1'}\nservers: [{url: 'https://a.example'}]\npaths:\n")
	enum := strings.Repeat("long-value-of-an-enum-", 200)
	for i := range 100 {
		fmt.Fprintf(&doc, "  /p%d:\n    get: {operationId: o%d, tags: [t], parameters: [{name: q, in: query, schema: {type: string, enum: [%s]}}], responses: {'200': {description: ok}}}\n", i, i, enum)
	}
	c := connectTo(t, NewServer(newSet(t, doc.String(), Options{}), ServerOptions{}), true)
	for _, tt := range []struct {
		name, args string
		tools      int
		schemas    bool
	}{
		{"all", `{}`, 100, false},
		{"one", `{"tool":"o7"}`, 1, true},
		{"none", `{"tool":"o"}`, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := call(t, c, "describe", tt.args)
			tools := r.Raw["tools"].([]any)
			if len(tools) != tt.tools || (r.Raw["note"] == nil) != tt.schemas {
				t.Errorf("%d tools, note %v", len(tools), r.Raw["note"])
			}
			for _, x := range tools {
				if tool := x.(map[string]any); (tool["inputSchema"] != nil) != tt.schemas || fmt.Sprint(tool["tags"]) != "[t]" {
					t.Fatalf("tool %v has tags %v, and a schema: %v", tool["name"], tool["tags"], tool["inputSchema"] != nil)
				}
			}
		})
	}
}
