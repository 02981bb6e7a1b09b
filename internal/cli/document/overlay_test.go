package document

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
)

const document = `openapi: 3.1.0
info: {title: T, version: "1"}
paths:
  /a:
    get: # reads
      tags: [x, y]
      parameters: &p [{name: q, in: query, schema: {type: string}}, {name: r, in: query, schema: {type: string}}]
      x-oai-traits: [paged]
  /b: {get: {tags: [y], parameters: *p, deprecated: true}}
`

func overlaid(t *testing.T, actions string) (out string, unmatched []string, err error) {
	t.Helper()
	o, err := parseOverlay(t.Context(), []byte("overlay: 1.1.0\ninfo: {title: o, version: '1'}\nactions: "+actions))
	if err != nil {
		return "", nil, err
	}
	data, unmatched, err := o.Apply(t.Context(), []byte(document))
	return string(data), unmatched, err
}

// TestActions applies each kind of action, with the examples of the specification (1.1.0, sections
// 4.4.3 and 4.5), and looks at one place of the result.
func TestActions(t *testing.T) {
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
		"remove counts, not update": {`[{target: "$.info.title", remove: true, update: U}]`, []string{"info"}, `{"version":"1"}`},
	} {
		t.Run(name, func(t *testing.T) {
			out, unmatched, err := overlaid(t, x.actions)
			if err != nil || len(unmatched) > 0 {
				t.Fatal(unmatched, err)
			}
			v, err := openapi.Parse([]byte(out))
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range x.at {
				m, _ := v.(map[string]any)
				v = m[k]
			}
			if got, _ := json.Marshal(v); string(got) != x.want {
				t.Errorf("got %s, want %s in\n%s", got, x.want, out)
			}
		})
	}
	out, unmatched, err := overlaid(t, `[{target: "$.nowhere", remove: true}, {target: "$.tags[0]", update: x}]`)
	if err != nil || !slices.Equal(unmatched, []string{"$.nowhere", "$.tags[0]"}) || !strings.Contains(out, "# reads") {
		t.Errorf("%v, %v:\n%s", unmatched, err, out)
	}
}

// TestErrors checks that errors name the action, and what is wrong with it.
func TestErrors(t *testing.T) {
	for actions, want := range map[string]string{
		`[]`:                                "no actions",
		`[{target: "$.info", updates: {}}]`: `action 1 (line 3): there is no member "updates"`,
		`[{target: "$.info"}]`:              "none of update, copy and remove",
		`[{target: "$.info", remove: true}, {target: info, remove: true}]`: `action 2 (line 3): target "info": a JSONPath begins with $`,
		`[{target: "$.info[", remove: true}]`:                              "action 1",
		`[{target: "$.info", update: {}, copy: "$"}]`:                      "exclude each other",
		`[{target: "$.info", update: text}]`:                               `action 1, target $.info: the value "text" cannot be merged into an object`,
		`[{target: "$.paths", update: {/a: {get: {tags: {}}}}}]`:           "at /~1a/get/tags, an object cannot be merged into a list",
		`[{target: "$['info','openapi']", update: {}}]`:                    "it selects an object and",
		`[{target: "$.info", copy: "$.paths.*"}]`:                          "copy must select one node, selects 2",
		`[{target: "$", remove: true}]`:                                    "the whole document",
	} {
		if _, _, err := overlaid(t, actions); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", actions, err, want)
		}
	}
	if _, err := parseOverlay(t.Context(), []byte(document)); err == nil || !strings.Contains(err.Error(), "no Overlay document") {
		t.Error(err)
	}
}
