package extract

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestPlacesAreFound reads the JSONPath of a place again: it leads there.
func TestPlacesAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var v any = 1
		place := Place{}
		for range rapid.IntRange(0, 4).Draw(t, "depth") {
			if rapid.Bool().Draw(t, "array") {
				n := rapid.IntRange(0, 3).Draw(t, "index")
				list := make([]any, n+1)
				list[n], v = v, list
				place = append(Place{n}, place...)
				continue
			}
			name := rapid.OneOf(rapid.SampledFrom([]string{"a", "a b", "a.b", "'", `"`, `\`, "$", "@", "*", "..", "é", "", "a'b\\'", "[0]", "-", "\u202e", "\n", "?", "0"}), rapid.String()).Draw(t, "name")
			v = map[string]any{name: v, name + "x": 2}
			place = append(Place{name}, place...)
		}
		body, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		found, isSingle, err := Locate(t.Context(), place.String(), string(body))
		if err != nil || !isSingle || len(found) != 1 || !slices.Equal(found[0], place) {
			t.Fatalf("%q of %s: %v, %v, %v", place, body, found, isSingle, err)
		}
	})
}
