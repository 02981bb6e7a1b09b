package infer_test

import (
	"maps"
	"strings"
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

// TestTagsOfEvents checks that a tag that repeats the name of the events is a constant, and that
// events with different names have schemas of their own, however alike they are.
func TestTagsOfEvents(t *testing.T) {
	const stream = "event: part.added\ndata: {\"type\":\"part.added\",\"text\":\"a\",\"index\":0}\n\n" +
		"event: part.done\ndata: {\"type\":\"part.done\",\"text\":\"b\",\"index\":0}\n\n" +
		"event: note\ndata: {\"type\":\"text\",\"note\":\"b\"}\n\n"
	d := modelOf([]flow.Flow{call("GET", "/x", 200, "", "", "text/event-stream", stream)}).Document(infer.Options{})
	components := map[string]*schema.Schema{}
	for _, c := range d.Components {
		components[c.Name] = c.Schema
	}
	got := map[string]string{}
	for _, e := range operation(t, d, "GET", "/x").Responses[0].Content[0].Events {
		for _, p := range schema.Follow(e.Schema, components).Properties {
			if p.Name == "type" {
				got[e.Schema.Ref] = strings.Join(p.Schema.Enum, ",")
			}
		}
	}
	if want := map[string]string{"PartAddedEvent": "part.added", "PartDoneEvent": "part.done", "NoteEvent": ""}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
