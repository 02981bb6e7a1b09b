package orderedjson

import (
	"math"
	"reflect"
	"strings"
	"testing"
)

// TestRefused says what is wrong with a text that is not one JSON value.
func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                "is not JSON",
		"{":               "is not JSON",
		"[":               "is not JSON",
		"[1":              "is not JSON",
		"[1 2]":           "is not JSON",
		`{"a"`:            "is not JSON",
		`{"a":1`:          "is not JSON",
		`{1:2}`:           "is not JSON",
		`{"a":}`:          "is not JSON",
		"{} {}":           "has more than one value",
		"1]":              "has more than one value",
		"\"\xff\"":        "is not UTF-8",
		`{"a":1,"a":2}`:   "has the same name twice in one object",
		`[{"a":1,"a":1}]`: "has the same name twice in one object",
		"[1e999999999]":   "has a number that ",
		strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1):        "nests deeper than 128",
		strings.Repeat(`{"a":`, maxDepth) + "[]" + strings.Repeat("}", maxDepth): "nests deeper than 128",
	} {
		if v, err := Decode([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) || v != nil {
			t.Errorf("%s: %v, %v, want %s", text, v, err, want)
		}
	}
	for _, text := range []string{
		strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth),
		strings.Repeat(`{"a":`, maxDepth) + "1" + strings.Repeat("}", maxDepth),
	} {
		if v, err := Decode([]byte(text)); err != nil || string(Encode(v)) != text {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestPlainOf takes Go values as JSON would have them, and what JSON cannot hold as false.
func TestPlainOf(t *testing.T) {
	want := map[string]any{"a": []any{"x", nil, true}}
	if got := PlainOf(struct {
		A []any `json:"a"`
	}{[]any{"x", nil, true}}); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	deep := any(1)
	for range maxDepth + 1 {
		deep = []any{deep}
	}
	for _, v := range []any{math.Inf(1), deep} {
		if got := PlainOf(v); got != false {
			t.Errorf("%v", got)
		}
	}
}
