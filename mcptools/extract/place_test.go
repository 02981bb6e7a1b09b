package extract

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
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

// TestPlaceOf returns the place of a path that leads to one value at most.
func TestPlaceOf(t *testing.T) {
	for _, c := range []struct {
		expression string
		want       Place
		ok         bool
	}{
		{"$", Place{}, true}, {"$.a", Place{"a"}, true}, {"$.a[2]['b c']", Place{"a", 2, "b c"}, true}, {"$[0]", Place{0}, true},
		{"$.a[-1].b", Place{"a", -1, "b"}, false}, {"$.a[*]", nil, false}, {"$..a", nil, false}, {"$['a','b']", nil, false}, {"$.a[?(@.b)]", nil, false}, {"$.a[", nil, false},
	} {
		if got, ok := PlaceOf(c.expression); ok != c.ok || !slices.Equal(got, c.want) || (got == nil) != (c.want == nil) {
			t.Errorf("%s: %v, %t", c.expression, got, ok)
		}
	}
}

// TestNumbersKeepTheirDigits reads integers exactly, and numbers with a fraction as numbers.
func TestNumbersKeepTheirDigits(t *testing.T) {
	for in, want := range map[string]string{
		"7": "int64 7", "-9223372036854775808": "int64 -9223372036854775808", "9223372036854775808": "json.Number 9223372036854775808", "1.50": "float64 1.5", "1e2": "float64 100", "1E2": "float64 100",
		"1e999": "json.Number 1e999", "0": "int64 0", `"7"`: "string 7", "true": "bool true", "null": "<nil> <nil>",
	} {
		v, err := decodeJSON(in, nil)
		if got := fmt.Sprintf("%T %v", v, v); err != nil || got != want {
			t.Errorf("%s: %s, %v", in, got, err)
		}
	}
	for _, n := range []int{1000, 1001} {
		_, err := decodeJSON(strings.Repeat("[", n)+"1"+strings.Repeat("]", n), nil)
		if (err != nil) != (n > 1000) {
			t.Errorf("%d deep: %v", n, err)
		}
	}
	for _, in := range []string{"", "[1", `{"a"`, `{"a":`, "[1}", "x"} {
		if v, err := decodeJSON(in, nil); err == nil {
			t.Errorf("%q is %v", in, v)
		}
	}
}

// TestMatchesAtTheirLimit shows values of 16 KiB whole, and larger ones in part.
func TestMatchesAtTheirLimit(t *testing.T) {
	for n, cut := range map[int]bool{maxMatch - 2: false, maxMatch - 1: true} {
		m, size := Raw{value: strings.Repeat("x", n), isJSON: true}.Match()
		if m.Cut != cut || (m.Value == nil) != cut || size != maxMatch || cut && len(m.Text) != maxMatch {
			t.Errorf("a text of %d bytes: cut %t, %d bytes", n, m.Cut, size)
		}
		m, size = Raw{text: strings.Repeat("x", n+2)}.Match()
		if m.Cut != cut || len(m.Text) != maxMatch || size != maxMatch {
			t.Errorf("a node of %d bytes: cut %t, %d bytes", n+2, m.Cut, size)
		}
	}
	if m, size := (Raw{isJSON: true}).Match(); m.Text != "null" || m.Value != nil || size != 4 {
		t.Errorf("null: %+v, %d", m, size)
	}
}
