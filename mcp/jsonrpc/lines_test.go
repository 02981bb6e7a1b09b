package jsonrpc

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	long := `{"jsonrpc":"2.0","id":7,"result":{"a":"` + strings.Repeat("x", 500) + `"}}`
	last := `{"result":{"a":"` + strings.Repeat("x", 500) + `","id":5},"jsonrpc":"2.0","id":"k"}`
	c := Lines(strings.NewReader("{}\n\r\n"+long+"\n"+last+"\n"+strings.Repeat("y", 500)+"\n{\"a\":1}"), io.Discard, 300).(*lines)
	want := []string{"{}", "7", `"k"`, "", `{"a":1}`}
	for _, w := range want {
		text, err := c.next()
		var bad *Malformed
		switch {
		case errors.As(err, &bad):
			if bad.ID != w || !strings.Contains(bad.Why, "larger than 300 bytes") {
				t.Errorf("got the refusal of %q: %s, want %q", bad.ID, bad.Why, w)
			}
		case err != nil || string(text) != w:
			t.Errorf("got %q, %v, want %q", text, err, w)
		}
	}
	if _, err := c.next(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
	c = Lines(strings.NewReader("\n1"), io.Discard, 300).(*lines)
	if text, err := c.next(); string(text) != "1" || err != nil {
		t.Errorf("a last line of one byte: %q, %v", text, err)
	}
}

// TestLargeLines reads lines that are larger than the reader's buffer, and finds the id of one that
// is too large at either end of it.
func TestLargeLines(t *testing.T) {
	const size = 300_000
	text := func(n int) string { return strings.Repeat("x", n) }
	within := `{"jsonrpc":"2.0","id":1,"result":"` + text(size-36) + `"}`
	if len(within) != size {
		t.Fatalf("%d bytes", len(within))
	}
	for _, tt := range []struct{ line, id string }{
		{within + "\n", ""},
		{`{"jsonrpc":"2.0","id":7,"result":"` + text(size) + `"}` + "\n", "7"},
		{`{"result":"` + text(2*size) + `","id":"k"}` + "\n", `"k"`},
		{`{"result":"` + text(size) + `","id":5,"jsonrpc":"2.0"}` + "\n", "5"},
		{`{"result":"` + text(size) + `","id":5,"x":1}` + "\n", ""},
	} {
		c := Lines(strings.NewReader(tt.line+"{}"), io.Discard, size+1).(*lines)
		got, err := c.next()
		var bad *Malformed
		switch {
		case tt.line == within+"\n":
			if err != nil || string(got) != within {
				t.Errorf("the largest line: %d bytes, %v", len(got), err)
			}
		case !errors.As(err, &bad) || bad.ID != tt.id:
			t.Errorf("%.40s…: %d bytes, %+v", tt.line, len(got), err)
		}
		if got, err := c.next(); string(got) != "{}" || err != nil {
			t.Errorf("%.40s…: then comes %.20q, %v", tt.line, got, err)
		}
	}
}
