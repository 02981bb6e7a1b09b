package spectools

import (
	"errors"
	"testing"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// TestDelimiters refuses items with the character that stands between items: escaped or not it looks the same.
func TestDelimiters(t *testing.T) {
	e := newEscapers()
	member := orderedjson.New()
	member.Set("a b", "c|d")
	for style, refused := range map[string]bool{"form": false, "spaceDelimited": true, "pipeDelimited": true} {
		for _, v := range []any{[]any{"x", "a b|c"}, member} {
			if _, err := formStyle("n", v, style, false, e.query, e.query); errors.Is(err, errDelimiter) != refused {
				t.Errorf("%s %v: %v", style, v, err)
			}
			if _, isList := v.([]any); !isList {
				continue
			}
			if _, err := formStyle("n", v, style, true, e.query, e.query); err != nil {
				t.Errorf("%s exploded: %v", style, err)
			}
		}
	}
}
