package infer_test

import (
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
)

// TestCutEvents checks which events of a stream are learned: those with data in JSON, and of a cut
// stream only those that are whole.
func TestCutEvents(t *testing.T) {
	for _, tt := range []struct {
		name, stream string
		truncated    bool
		want         string // names of the properties
	}{
		{"whole", "data: {\"a\":1}\n\ndata: {\"b\":2}\n\n", false, "ab"},
		{"whole without a last blank line", "data: {\"a\":1}\n\ndata: {\"b\":2}", false, "ab"},
		{"cut behind an event", "data: {\"a\":1}\n\ndata: {\"b\":2}\n\n", true, "ab"},
		{"cut in an event", "data: {\"a\":1}\n\ndata: {\"b\":2}", true, "a"},
		{"text among them", "data: hello\n\ndata: {\"a\":1}\n\n", false, "a"},
		{"malformed data among them", "data: {a\n\ndata: {\"a\":1}\n\n", false, "a"},
		{"text only", "data: hello\n\n", false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := call("GET", "/x", 200, "", "", "text/event-stream", tt.stream)
			f.Response.Body.Truncated = tt.truncated
			d := modelOf([]flow.Flow{f}).Document(infer.Options{Schema: schema.Policy{Inline: true}})
			got := ""
			if s := operation(t, d, "GET", "/x").Responses[0].Content[0].Schema; s != nil {
				for _, p := range s.Properties {
					got += p.Name
				}
			}
			if got != tt.want {
				t.Errorf("properties %q, want %q", got, tt.want)
			}
		})
	}
}
