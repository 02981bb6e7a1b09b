package mcptools

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
)

// TestExportInParts checks that the parts of a document are valid documents, which together have all
// operations and components of the whole, exactly as they are there.
func TestExportInParts(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...))
	whole := s.fine("export_openapi_spec", object{"max_bytes": 4 << 20})["document"].(object)
	paths, components := object{}, object{}
	n, parts := 0, 0
	for offset := any(nil); ; parts++ {
		r := s.call("export_openapi_spec", object{"offset": offset, "max_bytes": 4_000})
		part := r.data["document"].(object)
		for path, item := range part["paths"].(object) {
			if paths[path] == nil {
				paths[path] = object{}
			}
			maps.Copy(paths[path].(object), item.(object))
		}
		for kind, all := range part["components"].(object) {
			if components[kind] == nil {
				components[kind] = object{}
			}
			maps.Copy(components[kind].(object), all.(object))
		}
		if raw := quoteValue(t, part); len(raw) > 4_000 && r.data["operations"] != 1.0 {
			t.Errorf("a part has %d bytes", len(raw))
		} else if _, err := openapi.Load([]byte(raw)); err != nil {
			t.Errorf("a part is not a document: %v", err)
		}
		n += int(r.data["operations"].(float64))
		if r.data["truncated"] != true {
			break
		}
		offset = r.data["next_offset"]
		if !strings.Contains(r.text, fmt.Sprintf("offset %v", offset)) {
			t.Errorf("the text does not name the next call: %.300s", r.text)
		}
	}
	if parts < 3 {
		t.Errorf("only %d parts", parts+1)
	}
	if quoteValue(t, paths) != quoteValue(t, whole["paths"]) {
		t.Error("the paths of the parts are not those of the whole")
	}
	if quoteValue(t, components) != quoteValue(t, whole["components"]) {
		t.Error("the components of the parts are not those of the whole")
	}
}

func quoteValue(t *testing.T, v any) string {
	t.Helper()
	return must(marshal(v))
}
