package infer_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
)

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
