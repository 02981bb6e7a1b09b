package guard

import (
	"encoding/json"
	"testing"
)

func TestDigest(t *testing.T) {
	n := json.Number("1")
	same := [][2]any{{map[string]any{"a": n, "b": nil}, map[string]any{"b": nil, "a": n}}}
	same = append(same, [][2]any{
		{struct{ A int }{1}, map[string]any{"A": n}},
		{[]string{"a", "b"}, []any{"a", "b"}},
		{1 << 62, json.Number("4611686018427387904")},
	}...)
	other := [][2]any{
		{true, false}, {"", nil}, {struct{ A int }{1}, struct{ A int }{2}}, {make(chan int), nil},
		{[]any{nil, make(chan int)}, []any{make(chan int), nil}},
		{[]any{nil, false}, []any{false, nil}}, {[]any{nil, true}, []any{true, nil}}, {[]any{true, false}, []any{false, true}},
		{[]any{nil, []any{}}, []any{[]any{}, nil}}, {[]any{"", false}, []any{false, ""}}, {[]any{json.Number(""), nil}, []any{nil, json.Number("")}},
		{map[string]any{"a": n}, map[string]any{"b": n}}, {map[string]any{"a": n}, map[string]any{"a": "1"}},
		{[]any{"a", "bc"}, []any{"ab", "c"}},
		{[]any{n, json.Number("23")}, []any{json.Number("12"), json.Number("3")}},
		{[]any{map[string]any{"a": n}, map[string]any{"b": n}}, []any{map[string]any{"a": n, "b": n}, map[string]any{}}},
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
