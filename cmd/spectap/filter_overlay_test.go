package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/openapi"
)

// overlaidDocument is the document that the actions change.
const overlaidDocument = `openapi: 3.1.0
info: {title: T, version: "1"}
paths:
  /a:
    get: # reads
      tags: [x, y]
      parameters: &p [{name: q, in: query, schema: {type: string}}, {name: r, in: query, schema: {type: string}}]
      x-oai-traits: [paged]
  /b: {get: {tags: [y], parameters: *p, deprecated: true}}
`

// overlaid applies an Overlay document with filter, and returns the document and the messages.
func overlaid(t *testing.T, overlay string) (status int, out, errs string) {
	t.Helper()
	t.Chdir(t.TempDir())
	noError(t, os.WriteFile("api.yaml", []byte(overlaidDocument), 0o600))
	noError(t, os.WriteFile("o.yaml", []byte(overlay), 0o600))
	return runHere("filter", "--overlay", "o.yaml", "api.yaml")
}

// overlayOf returns an Overlay document.
func overlayOf(actions string) string {
	return "overlay: 1.1.0\ninfo: {title: o, version: '1'}\nactions: " + actions
}

// TestOverlayActions applies each kind of action, with the examples of the specification (1.1.0, sections
// 4.4.3 and 4.5), and looks at one place of the result.
func TestOverlayActions(t *testing.T) {
	for name, x := range map[string]struct {
		actions string
		at      []string
		want    string
	}{
		"update an object":          {`[{target: "$.info", update: {title: U, x-n: {a: 1}}}]`, []string{"info"}, `{"title":"U","version":"1","x-n":{"a":1}}`},
		"update a text":             {`[{target: "$.info.title", update: U}]`, []string{"info", "title"}, `"U"`},
		"update the root":           {`[{target: "$", update: {info: {summary: s}}}]`, []string{"info"}, `{"summary":"s","title":"T","version":"1"}`},
		"append an entry":           {`[{target: "$.paths['/b'].get.tags", update: z}]`, []string{"paths", "/b", "get", "tags"}, `["y","z"]`},
		"concatenate lists":         {`[{target: "$.paths.*.get", update: {tags: [z]}}]`, []string{"paths", "/a", "get", "tags"}, `["x","y","z"]`},
		"one of several aliases":    {`[{target: "$.paths['/b'].get.parameters[?@.name=='q']", remove: true}]`, []string{"paths", "/a", "get", "parameters"}, `[{"in":"query","name":"q","schema":{"type":"string"}},{"in":"query","name":"r","schema":{"type":"string"}}]`},
		"remove an object":          {`[{target: "$.paths[?@.get.deprecated]", remove: true}]`, []string{"paths", "/b"}, `null`},
		"remove entries":            {`[{target: "$.paths['/b'].get.parameters[0,1]", remove: true}]`, []string{"paths", "/b", "get", "parameters"}, `[]`},
		"remove a text":             {`[{target: "$.paths.*.get.tags[?@ == 'y']", remove: true}]`, []string{"paths", "/a", "get", "tags"}, `["x"]`},
		"traits":                    {`[{target: "$.paths[?(@.get['x-oai-traits'][?(@ == 'paged')])].get", update: {summary: s}}]`, []string{"paths", "/a", "get", "summary"}, `"s"`},
		"copy":                      {`[{target: "$.paths['/b']", copy: "$.info"}]`, []string{"paths", "/b", "title"}, `"T"`},
		"move":                      {`[{target: "$.paths", update: {/n: {}}}, {target: "$.paths['/n']", copy: "$.paths['/b']"}, {target: "$.paths['/b']", remove: true}]`, []string{"paths", "/n", "get", "deprecated"}, `true`},
		"nothing":                   {`[{target: "$.info", description: "none"}]`, []string{"info"}, `{"title":"T","version":"1"}`},
		"remove counts, not update": {`[{target: "$.info.title", remove: true, update: U}]`, []string{"info"}, `{"version":"1"}`},
	} {
		t.Run(name, func(t *testing.T) {
			status, out, errs := overlaid(t, overlayOf(x.actions))
			if status != 0 || strings.Contains(errs, "nothing in") {
				t.Fatal(status, errs)
			}
			v := must(openapi.Parse([]byte(out)))
			for _, k := range x.at {
				m, _ := v.(map[string]any)
				v = m[k]
			}
			if got, _ := json.Marshal(v); string(got) != x.want {
				t.Errorf("got %s, want %s in\n%s", got, x.want, out)
			}
		})
	}
	status, out, errs := overlaid(t, overlayOf(`[{target: "$.nowhere", remove: true}, {target: "$.tags[0]", update: x}]`))
	if status != 0 || strings.Count(errs, "nothing in") != 2 || !strings.Contains(errs, "is at $.nowhere\n") ||
		!strings.Contains(errs, "is at $.tags[0]\n") || !strings.Contains(out, "# reads") {
		t.Errorf("status %d, %s:\n%s", status, errs, out)
	}
}

// TestOverlayErrors checks that errors name the action and the reason.
func TestOverlayErrors(t *testing.T) {
	for actions, want := range map[string]string{
		`[]`:                                "no actions",
		`[{target: "$.info", updates: {}}]`: `action 1 (line 3): there is no member "updates"`,
		`[{target: "$.info", update: {}}, {update: {}, target: "$.info"}]`: "action 2 (line 3): it equals action 1",
		`[{target: "$.info", remove: true}, {target: info, remove: true}]`: `action 2 (line 3): target "info": a JSONPath begins with $`,
		`[{target: "$.info[", remove: true}]`:                              "action 1",
		`[{target: "$.info", update: {}, copy: "$"}]`:                      "exclude each other",
		`[{target: "$.info", update: text}]`:                               `action 1, target $.info: the value "text" cannot be merged into an object`,
		`[{target: "$.paths", update: {/a: {get: {tags: {}}}}}]`:           "at /~1a/get/tags, an object cannot be merged into a list",
		`[{target: "$['info','openapi']", update: {}}]`:                    "it selects an object and",
		`[{target: "$.info", copy: "$.paths.*"}]`:                          "copy must select one node, selects 2",
		`[{target: "$", remove: true}]`:                                    "the whole document",
	} {
		if status, _, errs := overlaid(t, overlayOf(actions)); status != cli.ExitFailed || !strings.Contains(errs, want) {
			t.Errorf("%s: status %d, %s, want %s", actions, status, errs, want)
		}
	}
	for from, want := range map[string]string{
		"info: {title: o, version: '1'}": "it has no info", "title: o, ": "info: it has no title", "'1'": "info: version must be a text",
	} {
		text := strings.Replace(overlayOf(`[{target: "$"}]`), from, map[string]string{"'1'": "true"}[from], 1)
		if status, _, errs := overlaid(t, text); status != cli.ExitFailed || !strings.Contains(errs, want) {
			t.Errorf("%s: status %d, %s, want %s", text, status, errs, want)
		}
	}
	if status, _, errs := overlaid(t, overlaidDocument); status != cli.ExitFailed || !strings.Contains(errs, "no Overlay document") {
		t.Error(status, errs)
	}
}
