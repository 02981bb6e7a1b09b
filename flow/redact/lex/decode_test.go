package lex_test

import (
	"fmt"
	"testing"

	"github.com/spectap/spectap/flow/redact/lex"
)

// TestDecodeEach decodes each printable character of ASCII in each notation, and no character beside
// them.
func TestDecodeEach(t *testing.T) {
	for c := rune(0x10); c <= 0x90; c++ {
		isPrintable := c >= ' ' && c < 0x7f
		for _, in := range []string{
			fmt.Sprintf(`\x%02x`, c), fmt.Sprintf(`\x%02X`, c), fmt.Sprintf(`\u%04x`, c), fmt.Sprintf(`\U%08x`, c), fmt.Sprintf("%%%02x", c), fmt.Sprintf("%%%02X", c),
			fmt.Sprintf("&#%d;", c), fmt.Sprintf("&#x%x;", c), fmt.Sprintf("&#X%X;", c), fmt.Sprintf("&#x%06x;", c),
			string(0xff00 + c - ' '),
		} {
			if r := []rune(in); len(r) == 1 {
				if r[0] < 0xff00 { // no wide form, but maybe a character without a width
					continue
				}
				isPrintable = r[0] > 0xff00 && r[0] < 0xff5f // the wide forms have no blank
			}
			d, ok := lex.Decode("a" + in + "b")
			if want := "a" + string(c) + "b"; ok != isPrintable || ok && d.Text != want {
				t.Errorf("%s: %q, %t, want %q, %t", in, d.Text, ok, want, isPrintable)
			}
		}
	}
	for in, want := range map[string]string{
		"&quot;": `"`, "&apos;": "'", "&lt;": "<", "&gt;": ">", "&amp;": "&", "=3C": "<", "=3D": "=", "=3E": ">",
		"\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "", "\ufeff": "", "│": "|", "┃": "|", "║": "|",
	} {
		if d, ok := lex.Decode("a" + in + "b"); !ok || d.Text != "a"+want+"b" {
			t.Errorf("%q: %q, %t", in, d.Text, ok)
		}
	}
	for _, in := range []string{
		"&Quot;", "&nbsp;", "&#;", "&#x;", "&;", "&#x;1", "&#256;", "&#x0000041;", "&quot", "&lt :", "=3B", "=3F", "=3", "=2C", "=C",
		"%4", "%4g", "%g4", `\x4`, `\x4g`, `\y41`, `\u004`, `\u004g`, `\U0000004`, `\U00110000`, "\u200a", "\u200e", "\u2061", "\ufefe", "┄",
	} {
		if d, ok := lex.Decode("a" + in); ok {
			t.Errorf("%q: %q", in, d.Text)
		}
	}
}

// TestRaw checks where the characters of a decoded text were.
func TestRaw(t *testing.T) {
	d, ok := lex.Decode("a%41b&lt;c＝d\u200be")
	if !ok || d.Text != "aAb<c=de" {
		t.Fatalf("%q, %t", d.Text, ok)
	}
	for i, want := range []int{0, 1, 4, 5, 9, 10, 13, 17, 18} {
		if got := d.Raw(i); got != want {
			t.Errorf("%d: %d, want %d", i, got, want)
		}
	}
}

// TestUnescape decodes queries as far as they are valid.
func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{
		"a": "a", "a+b": "a b", "a%20b": "a b", "%41%6a%6A": "Ajj", "%": "%", "%4": "%4", "%4g+%41": "%4g A", "%g4%41": "%g4A", "%41%4": "A%4", "%%41": "%A", "%zz%41": "%zzA",
	} {
		if got := lex.Unescape(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
