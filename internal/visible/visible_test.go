package visible

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
)

func TestEscapes(t *testing.T) {
	for _, tt := range []struct{ name, in, line, text string }{
		{"plain", "plain é 日本 🙂", "plain é 日本 🙂", "plain é 日本 🙂"},
		{"line ends", "a\nb\tc\r\n", `a\x0ab\x09c\x0d\x0a`, "a\nb\tc\n"},
		{"carriage return", "a\rb\b", `a\x0db\x08`, `a\x0db\x08`},
		{"escape sequence", "\x1b[2J\x07", `\x1b[2J\x07`, `\x1b[2J\x07`},
		{"hyperlink", "\x1b]8;;http://a.example\x1b\\", `\x1b]8;;http://a.example\x1b\`, `\x1b]8;;http://a.example\x1b\`},
		{"C1", "\u009b2J", `\u009b2J`, `\u009b2J`},
		{"bidi", "a\u202eb\u200bc\u2028", `a\u202eb\u200bc\u2028`, `a\u202eb\u200bc\u2028`},
		{"not UTF-8", "\xff\x80 \u0085", `\xff\x80 \u0085`, `\xff\x80 \u0085`},
		{"replacement character", "\ufffd", "\ufffd", "\ufffd"},
		{"tag", "\U000e0041", `\U000e0041`, `\U000e0041`},
		{"blanks", "a\u2800\U0001d159\U00013441\U00016fe4b", `a\u2800\U0001d159\U00013441\U00016fe4b`, `a\u2800\U0001d159\U00013441\U00016fe4b`},
		{"accents", "e\u0302\u0301 שָֽׁ֖ က္ျွှေို့", "e\u0302\u0301 שָֽׁ֖ က္ျွှေို့", "e\u0302\u0301 שָֽׁ֖ က္ျွှေို့"},
		{"stack", "a\u0336\u0489\u20de\u030d\u0338\u0338\u0336b\u0301", "a\u0336\u0489\u20de\u030d\u0338" + `\u0338\u0336` + "b\u0301", "a\u0336\u0489\u20de\u030d\u0338\u0338\u0336b\u0301"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Line(tt.in); got != tt.line {
				t.Errorf("Line(%q) = %q, want %q", tt.in, got, tt.line)
			}
			if got := Text(tt.in); got != tt.text {
				t.Errorf("Text(%q) = %q, want %q", tt.in, got, tt.text)
			}
		})
	}
}

// TestJSONMeansTheSame escapes JSON of random strings and decodes it.
func TestJSONMeansTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.MapOf(anyText(), anyText()).Draw(t, "members")
		raw := must.Get(json.MarshalIndent(in, "", "\t"))
		out := JSON(strings.ReplaceAll(string(raw), "\n", "\r\n"))
		if i := indexHidden(out, "\n\t"); i >= 0 {
			t.Fatalf("%q has a hidden character at %d", out, i)
		}
		var got, want map[string]string
		if json.Unmarshal(raw, &want) != nil || json.Unmarshal([]byte(out), &got) != nil || len(got) != len(want) {
			t.Fatalf("%q became %q", raw, out)
		}
		for k, v := range want {
			if got[k] != v {
				t.Fatalf("member %q: %q, want %q", k, got[k], v)
			}
		}
	})
	if got, want := JSON(`"`+"\u202e\U000e0041\x7f"+`"`), `"\u202e\udb40\udc41\u007f"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func anyText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return rapid.String().Draw(t, "text") + strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{
			"\x1b[2J", "\u202e", "\u009b", "\x7f", "\u2028", "\U000e0001", "\r", "\r\n", "\n", "\t", "é", "🙂", "\\", `"`,
		})).Draw(t, "odd"), "")
	})
}

// TestWriterSplits writes bytes in random pieces: the result is that of one call of Text.
func TestWriterSplits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := []byte(anyText().Draw(t, "text"))
		in = append(in, rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")...)
		var b strings.Builder
		w := NewWriter(&b)
		for rest := in; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			if got, err := w.Write(rest[:n]); got != n || err != nil {
				t.Fatal(got, err)
			}
			rest = rest[n:]
		}
		must.Do(t, w.Flush())
		if want := Text(string(in)); b.String() != want {
			t.Fatalf("%q became %q, want %q", in, b.String(), want)
		}
		if !utf8.ValidString(b.String()) || indexHidden(b.String(), "\n\t") >= 0 {
			t.Fatalf("%q has hidden characters", b.String())
		}
	})
}
