package serialize

import (
	"errors"
	"testing"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// TestDelimiters checks that items that contain the delimiter of their style are refused: a server
// cannot distinguish an escaped delimiter from one between items.
func TestDelimiters(t *testing.T) {
	member := orderedjson.New()
	member.Set("a b", "c|d")
	for style, isRefused := range map[string]bool{"form": false, "spaceDelimited": true, "pipeDelimited": true} {
		t.Run(style, func(t *testing.T) {
			w := pairWriter{style: style, name: escapeQuery, value: escapeQuery}
			for _, v := range []any{[]any{"x", "a b|c"}, member} {
				w.explode = false
				if _, err := w.write("n", v); errors.Is(err, errDelimiter) != isRefused {
					t.Errorf("%v: %v", v, err)
				}
				if _, isList := v.([]any); !isList {
					continue
				}
				w.explode = true
				if _, err := w.write("n", v); err != nil {
					t.Errorf("exploded: %v", err)
				}
			}
		})
	}
}
