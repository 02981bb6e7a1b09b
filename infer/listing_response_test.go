package infer

import (
	"testing"

	"github.com/spectap/spectap/infer/schema"
)

// TestPageParam tells the styles of parameters by their names and types.
func TestPageParam(t *testing.T) {
	for _, x := range []struct {
		name        string
		s           schema.Schema
		style, text string
	}{
		{"page", schema.Schema{Kind: schema.Integer}, PageNumber, "Number of the page to return."},
		{"page", schema.Schema{Kind: schema.String}, "", ""},
		{"per_page", schema.Schema{Kind: schema.Integer}, "", "Maximum number of items to return."},
		{"limit", schema.Schema{Kind: schema.String}, "", ""},
		{"offset", schema.Schema{Kind: schema.Integer}, PageOffset, "Number of items to skip."},
		{"cursor", schema.Schema{Kind: schema.String}, PageCursor, "Cursor from an earlier response; the page begins after it."},
		{"after", schema.Schema{Kind: schema.Integer}, PageCursor, "Cursor from an earlier response; the page begins after it."},
		{"ending_before", schema.Schema{Kind: schema.String}, PageCursor, "Cursor from an earlier response; the page ends before it."},
		{"after", schema.Schema{Kind: schema.String, Format: "date-time"}, "", ""},
		{"after", schema.Schema{Kind: schema.String, Format: "date"}, "", ""},
		{"cursor", schema.Schema{Kind: schema.Array}, "", ""},
		{"q", schema.Schema{Kind: schema.String}, "", ""},
	} {
		if style, text := pageParam(x.name, &x.s); style != x.style || text != x.text {
			t.Errorf("%s: %q, %q", x.name, style, text)
		}
	}
}
