package mitmdump_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestMessages reads the messages of a WebSocket that are complete and were not dropped.
func TestMessages(t *testing.T) {
	const at = 1795158443.25
	for _, tt := range []struct {
		name    string
		message any
		want    string
	}{
		{"a text", []any{1, true, []byte("hi"), at + 1, false}, "1s true 1 hi"}, {"the least kind", []any{1, false, []byte("hi"), at, false}, "0s false 1 hi"},
		{"the largest kind", []any{15, false, []byte("x"), at, false}, "0s false 15 x"}, {"kind 0", []any{0, true, []byte("hi"), at, false}, ""},
		{"kind 16", []any{16, true, []byte("hi"), at, false}, ""}, {"without the rest", []any{1, true, []byte("hi"), at}, "0s true 1 hi"},
		{"without a time", []any{1, true, []byte("hi")}, ""}, {"no list", "hi", ""}, {"dropped", []any{1, true, []byte("hi"), at, true}, ""},
		{"a kind that is a text", []any{"1", true, []byte("hi"), at}, ""}, {"a side that is a number", []any{1, 1, []byte("hi"), at}, ""},
		{"a number", []any{1, true, 5, at}, ""}, {"an early time", []any{1, true, []byte("hi"), at - 1}, "0s true 1 hi"}, {"no time", []any{1, true, []byte("hi"), nil}, "0s true 1 hi"},
		{"a time that is too late", []any{1, true, []byte("hi"), at + 2e9}, "0s true 1 hi"}, {"empty", []any{1, true, []byte{}, at}, "0s true 1 "},
	} {
		ok := []any{2, false, []byte("next"), at + 2, false}
		fs, _, err := read(dump(exchange.with("websocket", pairs{{"messages", []any{tt.message, ok}}})))
		if err != nil || len(fs) != 1 {
			t.Fatalf("%s: %v", tt.name, err)
		}
		var got []string
		for _, m := range fs[0].Messages {
			got = append(got, fmt.Sprintf("%v %v %d %s", m.At, m.FromClient, m.Kind, m.Data))
		}
		want := strings.TrimPrefix(tt.want+"|2s false 2 next", "|")
		if strings.Join(got, "|") != want {
			t.Errorf("%s: %q, want %q", tt.name, got, want)
		}
	}
}
