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
}
