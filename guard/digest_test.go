package guard

import (
	"encoding/json"
	"testing"
)

func TestDigest(t *testing.T) {
	n := json.Number("1")
	same := [][2]any{{map[string]any{"a": n, "b": nil}, map[string]any{"b": nil, "a": n}}}
	other := [][2]any{
		{n, "1"}, {n, json.Number("1.0")}, {nil, false}, {[]any{"a", "b"}, []any{"ab"}}, {[]any{}, map[string]any{}},
		{map[string]any{"a": nil}, map[string]any{}}, {[]any{[]any{}, "a"}, []any{[]any{"a"}}},
	}
	for _, x := range same {
		if DigestOf(x[0]) != DigestOf(x[1]) {
			t.Errorf("%v and %v differ", x[0], x[1])
		}
	}
	for _, x := range other {
		if DigestOf(x[0]) == DigestOf(x[1]) {
			t.Errorf("%v and %v are the same", x[0], x[1])
		}
	}
}
