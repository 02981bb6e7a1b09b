package exchange_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/exchange"
)

// A header has at most 1,000 folded lines, which are joined one by one.
func TestFoldedLines(t *testing.T) {
	for _, tt := range []struct {
		lines    int
		tooLarge bool
	}{{1, false}, {1000, false}, {1001, true}} {
		raw := "GET /a HTTP/1.1\r\nHost: a.example\r\nX-Folded: a\r\n" + strings.Repeat(" b\r\n", tt.lines) + "X-Last: c\r\n\r\n"
		r, err := exchange.ParseRequest([]byte(raw), 1)
		if errors.Is(err, exchange.ErrTooLarge) != tt.tooLarge {
			t.Errorf("%d lines: %v", tt.lines, err)
		}
		if want := "a" + strings.Repeat(" b", tt.lines); !tt.tooLarge && (r.Header.Get("X-Folded") != want || r.Header.Get("X-Last") != "c") {
			t.Errorf("%d lines: got %.100q", tt.lines, r.Header)
		}
	}
}
