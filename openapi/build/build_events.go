package build

import (
	"encoding/json"

	"github.com/spectap/spectap/infer"
)

// events returns the schemas of events by name, as JSON data: that is what an extension holds.
func (b *builder) events(events []infer.Event) map[string]any {
	out := map[string]any{}
	for _, e := range events {
		var v any
		if b.isName(e.Name) && json.Unmarshal([]byte(compact(b.schema(e.Schema))), &v) == nil {
			out[e.Name] = v
		}
	}
	return out
}
