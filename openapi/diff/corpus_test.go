package diff_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/corpustest"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/diff"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// TestVendors compares the documents of vendors with themselves, and with a copy that says the same in OpenAPI 3.1:
// there is no change.
func TestVendors(t *testing.T) {
	if testing.Short() {
		t.Skip("measures all corpora")
	}
	for _, name := range corpustest.Names(t) {
		t.Run(name, func(t *testing.T) {
			text := corpustest.Read(t, name, corpustest.Document)
			if len(text) > corpustest.Large {
				return
			}
			if changes := compared(t, text, text); len(changes) > 0 {
				t.Errorf("%d changes from itself: %v", len(changes), changes[0])
			}
			d := json.NewDecoder(bytes.NewReader(text))
			d.UseNumber()
			var v map[string]any
			must.Do(t, d.Decode(&v))
			if version, _ := v["openapi"].(string); !strings.HasPrefix(version, "3.0") {
				return
			}
			v = newer(v).(map[string]any)
			v["openapi"] = "3.1.0"
			other := openapitest.Must(json.Marshal(v))
			if changes := compared(t, text, other); len(changes) > 0 {
				t.Errorf("%d changes from a copy in 3.1: %v", len(changes), changes[0])
			}
		})
	}
}

func compared(t *testing.T, a, b []byte) []diff.Change {
	t.Helper()
	x := openapitest.Must(openapi.Load(a))
	y := openapitest.Must(openapi.Load(b))
	return openapitest.Must(diff.Options{}.Documents(x, y))
}

// newer rewrites what 3.0 and 3.1 write differently. It moves the parameters of paths to the operations, too.
func newer(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = newer(v[i])
		}
	case map[string]any:
		if ref, is := v["$ref"].(string); is {
			return map[string]any{"$ref": ref} // 3.0 ignores what stands beside it
		}
		for key, member := range v {
			if !slices.Contains([]string{"example", "examples", "default", "enum"}, key) {
				v[key] = newer(member)
			}
		}
		for exclusive, bound := range map[string]string{"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"} {
			if isExclusive, is := v[exclusive].(bool); is {
				delete(v, exclusive)
				if isExclusive && v[bound] != nil {
					v[exclusive] = v[bound]
					delete(v, bound)
				}
			}
		}
		if v["nullable"] == true {
			delete(v, "nullable")
			switch typ, hasType := v["type"].(string); {
			case hasType:
				v["type"] = []any{"null", typ}
			case v["allOf"] != nil || v["anyOf"] != nil || v["oneOf"] != nil:
				return map[string]any{"anyOf": []any{v, map[string]any{"type": "null"}}}
			}
		}
		return moved(v)
	}
	return v
}

// moved moves the parameters of a path to its operations.
func moved(v map[string]any) any {
	shared, isList := v["parameters"].([]any)
	methods := []string{"get", "put", "post", "delete", "patch", "head", "options"}
	isPath := slices.ContainsFunc(methods, func(m string) bool { _, is := v[m].(map[string]any); return is && v["responses"] == nil })
	if !isList || !isPath {
		return v
	}
	out := maps.Clone(v)
	delete(out, "parameters")
	for _, m := range methods {
		o, is := out[m].(map[string]any)
		if !is {
			continue
		}
		own, _ := o["parameters"].([]any)
		o = maps.Clone(o)
		all := slices.Clone(own)
		for _, p := range shared {
			if !slices.ContainsFunc(own, func(q any) bool { return sameParameter(p, q) }) {
				all = append(all, p)
			}
		}
		o["parameters"], out[m] = all, o
	}
	return out
}

func sameParameter(p, q any) bool {
	a, b := p.(map[string]any), q.(map[string]any)
	return a["name"] == b["name"] && a["in"] == b["in"] && a["$ref"] == b["$ref"]
}
