package mcpclient

import (
	"io"
	"strings"
	"testing"
)

// TestCommonStart completes what all words have in common, in whole characters.
func TestCommonStart(t *testing.T) {
	for _, x := range []struct {
		words []string
		head  string
		want  string // the line; "" if nothing was added
	}{
		{[]string{"größe", "grün"}, "g", "gr"},
		{[]string{"größe", "größer"}, "g", "größe"},
		{[]string{"grä", "grö"}, "gr", ""},
		{[]string{"one "}, "o", "one "},
		{[]string{"ab", "abc", "abd"}, "a", "ab"},
		{[]string{"ab", "ac", "x"}, "", ""},
		{nil, "a", ""},
	} {
		e := newEditor(strings.NewReader(""), io.Discard, func(string) Completion { return Completion{Words: x.words} })
		line, pos, ok := e.completeLine(x.head+"|rest", len(x.head))
		if want := x.want + "|rest"; ok != (x.want != "") || ok && (line != want || pos != len(x.want)) {
			t.Errorf("%v after %q: %q at %d, %t, want %q", x.words, x.head, line, pos, ok, x.want)
		}
		e.Close()
	}
}

// TestIncomplete asks for more lines only while the JSON of a call is open.
func TestIncomplete(t *testing.T) {
	for line, want := range map[string]bool{
		`call x {`: true, `call x {"a": [1,`: true, `call x {"a": "b`: true, `tools/call x {`: true,
		`call x {}`: false, `call x {"a": 1} {`: false, `call x {]`: false, `call x n`: false, `call x "abc`: false, `call x [1,`: false,
		`call x a={`: false, `call x`: false, `call {`: false, `list {`: false, ``: false,
	} {
		if got := isIncomplete(line); got != want {
			t.Errorf("%s: %t", line, got)
		}
	}
}
