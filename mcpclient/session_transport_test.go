package mcpclient

import (
	"strings"
	"testing"
)

func TestLineWriter(t *testing.T) {
	var out strings.Builder
	l := &lineWriter{w: &out}
	for _, s := range []string{"one\ntw", "o\r\n\x1b[2J", "\n", strings.Repeat("x", maxStderrLine+5)} {
		if n, err := l.Write([]byte(s)); n != len(s) || err != nil {
			t.Errorf("%d %v", n, err)
		}
	}
	want := "server: one\nserver: two\nserver: \\x1b[2J\nserver: " + strings.Repeat("x", maxStderrLine) + "\n"
	if out.String() != want {
		t.Errorf("%q", &out)
	}
}
