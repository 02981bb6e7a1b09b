package jsonvalue

import (
	"slices"
	"testing"
)

// The examples of RFC 6901.
func TestPointer(t *testing.T) {
	doc := Decode([]byte(`{"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "m~n": 8, "~1": 9}`))
	for _, c := range []struct {
		pointer string
		tokens  []string
		want    string // "" for nowhere
	}{
		{"/foo/0", []string{"foo", "0"}, `"bar"`},
		{"/foo/2", []string{"foo", "2"}, ""},
		{"/foo/-", []string{"foo", "-"}, ""},
		{"/", []string{""}, "0"},
		{"/a~1b", []string{"a/b"}, "1"},
		{"/c%d", []string{"c%d"}, "2"},
		{"/m~0n", []string{"m~n"}, "8"},
		{"/~01", []string{"~1"}, "9"},
		{"/a~1b/x", []string{"a/b", "x"}, ""},
		{"/none", []string{"none"}, ""},
	} {
		if got := Tokens(c.pointer); !slices.Equal(got, c.tokens) {
			t.Errorf("tokens of %s: got %q", c.pointer, got)
		}
		if got := Pointer(c.tokens...); got != c.pointer {
			t.Errorf("pointer of %q: got %s", c.tokens, got)
		}
		v, ok := At(doc, c.tokens...)
		if ok != (c.want != "") || ok && string(Encode(v)) != c.want {
			t.Errorf("%s leads to %v, %t, want %s", c.pointer, v, ok, c.want)
		}
	}
	if v, ok := At(doc, Tokens("")...); !ok || v == nil {
		t.Error("the empty pointer does not lead to the whole value")
	}
}
