// Package visible makes foreign text safe to print on a terminal: it escapes control characters and
// invisible characters.
//
// Read visible.go first, then writer.go.
package visible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Line returns s as one line of visible text. Control characters, line breaks, tabs, invisible
// characters and characters that change the direction of text become escapes such as \u202e, and so
// do combining marks that would cover the lines around it.
func Line(s string) string { return escapeStacks(escape(s, "", appendEscape)) }

// Text is Line for text of several lines: it keeps line breaks and tabs, and turns CRLF into LF.
func Text(s string) string {
	return escape(strings.ReplaceAll(s, "\r\n", "\n"), "\n\t", appendEscape)
}

// JSON is Text for JSON. Its escapes are those of JSON strings, so that the result means the same
// to a program. A carriage return, which can only stand between tokens, becomes a space.
func JSON(s string) string { return escape(s, "\n\t", appendJSONEscape) }

// escape escapes the characters of s that are not visible, except those in keep. add appends the
// escape for a character, which is utf8.RuneError for a byte that is not UTF-8.
func escape(s, keep string, add func(b []byte, r rune, first byte) []byte) string {
	at := indexHidden(s, keep)
	if at < 0 {
		return s
	}
	b := append(make([]byte, 0, len(s)+16), s[:at]...)
	for i := at; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if needsNoEscape(r, n, keep) {
			b = append(b, s[i:i+n]...)
		} else {
			b = add(b, r, s[i])
		}
		i += n
	}
	return string(b)
}

// appendEscape appends an escape for people. A byte that is not UTF-8 is written as \xff.
func appendEscape(b []byte, r rune, first byte) []byte {
	switch {
	case r == utf8.RuneError:
		return fmt.Appendf(b, `\x%02x`, first)
	case r < 0x80:
		return fmt.Appendf(b, `\x%02x`, r)
	case r > 0xffff:
		return fmt.Appendf(b, `\U%08x`, r)
	}
	return fmt.Appendf(b, `\u%04x`, r)
}

// appendJSONEscape appends an escape of JSON. JSON cannot express a byte that is not UTF-8: like
// its decoders, appendJSONEscape replaces it by U+FFFD.
func appendJSONEscape(b []byte, r rune, _ byte) []byte {
	switch {
	case r == '\r':
		return append(b, ' ')
	case r > 0xffff:
		hi, lo := utf16.EncodeRune(r)
		return fmt.Appendf(b, `\u%04x\u%04x`, hi, lo)
	}
	return fmt.Appendf(b, `\u%04x`, r)
}

// indexHidden returns the index of the first character of s that needs an escape, or -1, as for
// most text.
func indexHidden(s, keep string) int {
	for i := 0; i < len(s); {
		if s[i] >= ' ' && s[i] < 0x7f {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if !needsNoEscape(r, n, keep) {
			return i
		}
		i += n
	}
	return -1
}

// needsNoEscape reports whether a character of n bytes needs no escape.
func needsNoEscape(r rune, n int, keep string) bool {
	return Shown(r) && (r != utf8.RuneError || n > 1) || n == 1 && r < utf8.RuneSelf && strings.ContainsRune(keep, r)
}

// maxMarks is how many combining marks may follow a character: languages need four.
const maxMarks = 5

// escapeStacks escapes the combining marks of s after the first maxMarks of a character. They stack
// without a bound, over the lines above and below.
func escapeStacks(s string) string {
	var b []byte
	done, marks := 0, 0 // done: bytes of s that b has
	for i, r := range s {
		if r < 0x300 || !unicode.In(r, unicode.Mn, unicode.Me) {
			marks = 0
			continue
		}
		if marks++; marks > maxMarks {
			b = appendEscape(append(b, s[done:i]...), r, 0)
			done = i + utf8.RuneLen(r)
		}
	}
	if done == 0 {
		return s
	}
	return string(append(b, s[done:]...))
}

// blanks are characters of visible categories that have no ink: a pattern of Braille, a musical
// symbol, parts of Egyptian and a filler of Khitan.
const blanks = "\u2800\U0001d159\U00013441\U00013442\U00016fe4"

// Shown reports whether a character is visible and does nothing else. Category Cf has the
// characters that change the direction of text, join or hide.
func Shown(r rune) bool {
	if !unicode.IsGraphic(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
		return false
	}
	return r < 0x2800 || !strings.ContainsRune(blanks, r)
}

// BothEnds shortens a long text in its middle to about most characters, so that a reader sees its
// end too. The text may have invisible characters.
func BothEnds(s string, most int) string {
	start, middle, end := Split(s, most)
	if middle == "" {
		return s
	}
	return fmt.Sprintf("%s … %d characters … %s", start, utf8.RuneCountInString(middle), end)
}

// Split splits a text of more than most characters, an even number, in three: both ends, and the
// middle.
func Split(s string, most int) (start, middle, end string) {
	r := []rune(s)
	if len(r) <= most {
		return s, "", ""
	}
	return string(r[:most/2]), string(r[most/2 : len(r)-most/2]), string(r[len(r)-most/2:])
}

// Differing returns the parts in which two texts differ, with around characters of context on each
// side. "…" replaces the rest, which is the same in both.
func Differing(a, b string, around int) (string, string) {
	x, y := []rune(a), []rune(b)
	start, end := 0, 0
	for start < len(x) && start < len(y) && x[start] == y[start] {
		start++
	}
	for end < len(x)-start && end < len(y)-start && x[len(x)-1-end] == y[len(y)-1-end] {
		end++
	}
	start, end = max(0, start-around), max(0, end-around)
	part := func(r []rune) string {
		s := string(r[start : len(r)-end])
		if start > 0 {
			s = "…" + s
		}
		if end > 0 {
			s += "…"
		}
		return s
	}
	return part(x), part(y)
}
