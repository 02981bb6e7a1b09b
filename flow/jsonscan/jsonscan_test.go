package jsonscan

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

func TestValueEnd(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		end        int
	}{
		{"number", `12,3`, 2},
		{"literal before space", `true }`, 4},
		{"string", `"a,b]" `, 6},
		{"object", `{"a":{"b":"}"}} ,`, 15},
		{"array", `[1,[2],"]"]x`, 11},
		{"closing bracket", `]`, 0},
		{"not closed", `{"a":[1`, 7},
		{"string not closed", `["ab`, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if end := ValueEnd([]byte(tt.text), 0); end != tt.end {
				t.Errorf("got %d, want %d", end, tt.end)
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

// TestStringEndOfAnyLength compares the search of eight bytes at once with one of each byte.
func TestStringEndOfAnyLength(t *testing.T) {
	var texts func(s string)
	texts = func(s string) {
		want, escapes := -1, false
		for i := 1; i < len(s); i++ {
			if s[i] == '"' {
				want = i + 1
				break
			}
			if s[i] == '\\' {
				i, escapes = i+1, true
			}
		}
		for pad := range 20 {
			text := strings.Repeat("x", pad)
			wantEnd := want
			if want >= 0 {
				wantEnd += pad
			}
			// The padding is in the string, behind its opening quote.
			if end, hasEscapes := StringEnd([]byte(`"`+text+s[1:]), 0); end != wantEnd || hasEscapes != escapes {
				t.Errorf("%q: %d, %v, want %d, %v", `"`+text+s[1:], end, hasEscapes, wantEnd, escapes)
			}
		}
		if len(s) < 5 {
			for _, c := range []string{`"`, `\`, "a", "!", "]", "\xa2"} {
				texts(s + c)
			}
		}
	}
	texts(`"`)
}

// TestSpace checks which bytes are JSON white space.
func TestSpace(t *testing.T) {
	for text, want := range map[string]int{"": 0, "x": 0, " ": 1, "\n": 1, "\t": 1, "\r": 1, " \n\t\r 1 ": 5, "\v": 0, "\f1": 0, "\u00a0": 0, "\x00": 0} {
		if got := Space([]byte(text), 0); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
		if got := Space([]byte("1,"+text), 2); got != want+2 {
			t.Errorf("%q from the third byte: %d, want %d", "1,"+text, got, want+2)
		}
	}
}
