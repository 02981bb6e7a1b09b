package flow

import "testing"

func TestCheckHeader(t *testing.T) {
	for _, x := range []struct {
		name, header, value string
		ok                  bool
	}{
		{"usual", "X-Trace", "a b\tc", true},
		{"empty value", "X-Trace", "", true},
		{"obs-text", "X-Trace", "\xe9", true},
		{"empty name", "", "a", false},
		{"space in the name", "X A", "a", false},
		{"colon in the name", "X:", "a", false},
		{"line break in the name", "X\r\nB", "a", false},
		{"line break in the value", "X", "a\r\nB: c", false},
		{"line feed in the value", "X", "a\nb", false},
		{"NUL in the value", "X", "a\x00b", false},
		{"transport", "Transfer-Encoding", "chunked", false},
		{"transport, other case", "hOST", "a", false},
	} {
		t.Run(x.name, func(t *testing.T) {
			if err := CheckHeader(x.header, x.value); (err == nil) != x.ok {
				t.Errorf("got %v", err)
			}
		})
	}
}
