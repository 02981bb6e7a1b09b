package jsonvalue

import (
	"strings"
	"testing"
)

func TestStringEnd(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		end        int
		hasEscapes bool
	}{
		{"empty", `""`, 2, false},
		{"short", `"ab",1`, 4, false},
		{"eight bytes", `"abcdefgh"`, 10, false},
		{"longer", `"abcdefghijklmnop" x`, 18, false},
		{"escaped quote", `"a\"b"`, 6, true},
		{"escaped quote in a word", `"abc\"defghijk"`, 15, true},
		{"escaped backslash", `"a\\"`, 5, true},
		{"backslash at the end of a word", `"abcdefg\"hijklmno"`, 19, true},
		{"quote after high bytes", "\"\xff\xfe#!#!#\"", 9, false},
		{"not closed", `"abcdefghijk`, -1, false},
		{"ends in a backslash", `"abc\`, -1, true},
		{"only a quote", `"`, -1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			end, hasEscapes := StringEnd([]byte(tt.text), 0)
			if end != tt.end || hasEscapes != tt.hasEscapes {
				t.Errorf("got %d, %v, want %d, %v", end, hasEscapes, tt.end, tt.hasEscapes)
			}
		})
	}
}

// FuzzStringEnd checks that StringEnd agrees with a loop over single bytes.
func FuzzStringEnd(f *testing.F) {
	for _, s := range []string{`"a"`, `"\u0022"`, `"` + strings.Repeat(`a\\`, 9) + `"`, "\"\x21\x23\x5b\x5d\x80\xa2\xdc\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		want, escaped := -1, false
	scan:
		for i := 1; i < len(data); i++ {
			switch data[i] {
			case '"':
				want = i + 1
				break scan
			case '\\':
				i, escaped = i+1, true
			}
		}
		if got, hasEscapes := StringEnd(data, 0); got != want || hasEscapes != escaped {
			t.Errorf("%q: got %d, %v, want %d, %v", data, got, hasEscapes, want, escaped)
		}
	})
}
