package lex

import (
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/internal/hexdigit"
)

// Decoded is a text in which escapes are replaced by what they stand for, with where each of its
// characters was before.
type Decoded struct {
	Text string
	at   []shift
}

// shift says that the text from decoded on was at raw before.
type shift struct{ decoded, raw int }

// Raw returns where the character at i of the decoded text was. The end of a text is the end of its
// last character.
func (d *Decoded) Raw(i int) int {
	n := sort.Search(len(d.at), func(k int) bool { return d.at[k].decoded > i })
	if n == 0 {
		return i
	}
	return d.at[n-1].raw + i - d.at[n-1].decoded
}

// Decode decodes the escapes of ASCII characters that stand in a text within another one: \u0022
// and \x22 of programs, &#34; and &quot; of markup, %22 of links, =3D of mail. It also replaces the
// wide forms of ASCII characters and removes characters without a width. ok is false if there are
// none.
func Decode(s string) (d Decoded, ok bool) {
	if !MayDecode(s) {
		return d, false
	}
	from := 0
	var b strings.Builder
	for i := 0; i < len(s); {
		c := s[i]
		if !startsEscape[c] {
			i++
			continue
		}
		plain, n := escaped(s[i:])
		if n == 0 {
			i++
			continue
		}
		if from == 0 && b.Len() == 0 {
			b.Grow(len(s))
		}
		b.WriteString(s[from:i])
		b.WriteString(plain)
		i += n
		from = i
		d.at = append(d.at, shift{b.Len(), i})
	}
	if len(d.at) == 0 {
		return d, false
	}
	b.WriteString(s[from:])
	d.Text = b.String()
	return d, true
}

// MayDecode is a quick check whether a text may have escapes.
func MayDecode(s string) bool {
	return strings.IndexByte(s, '\\') >= 0 || strings.IndexByte(s, '%') >= 0 || strings.IndexByte(s, '&') >= 0 || strings.IndexByte(s, wideASCII) >= 0 ||
		strings.IndexByte(s, SparseSigns) >= 0 || strings.Contains(s, "=3")
}

// startsEscape marks the bytes that escapes start with.
var startsEscape = func() (t [256]bool) {
	for _, c := range []byte{'\\', '&', '%', '=', wideASCII, SparseSigns} {
		t[c] = true
	}
	return t
}()

// wideASCII is the first byte of the characters from U+F000 to U+FFFF, among them the wide forms.
const wideASCII = 0xef

// SparseSigns is the first byte of the characters from U+2000 to U+2FFF, among them those without a
// width and the lines of boxes.
const SparseSigns = 0xe2

// escaped returns what the escape at the start of s stands for, and its length, or 0.
func escaped(s string) (plain string, n int) {
	switch s[0] {
	case '\\':
		if c, n := EscapedRune(s); n > 0 && isPrintable(c) {
			return string(c), n
		}
	case '&':
		return entity(s)
	case '%':
		if len(s) > 2 && hexdigit.Is(s[1]) && hexdigit.Is(s[2]) {
			if c := rune(hexdigit.Value(s[1])<<4 | hexdigit.Value(s[2])); isPrintable(c) {
				return string(c), 3
			}
		}
	case '=':
		if len(s) > 2 && s[1] == '3' && (s[2] == 'C' || s[2] == 'D' || s[2] == 'E') { // <, = and >
			return string(rune('0' + hexdigit.Value(s[2]))), 3
		}
	default:
		c, n := utf8.DecodeRuneInString(s)
		switch {
		case c > 0xff00 && c < 0xff5f:
			return string(c - 0xff00 + ' '), n
		case c == 0x200b || c == 0x200c || c == 0x200d || c == 0x2060 || c == 0xfeff:
			return "", n
		case c == '│' || c == '┃' || c == '║':
			return "|", n
		}
	}
	return "", 0
}

func isPrintable(c rune) bool { return c >= ' ' && c < 0x7f }

// maxEntity bounds the length of an entity.
const maxEntity = len("&#x00007e;")

// entity returns what the entity at the start of s stands for.
func entity(s string) (plain string, n int) {
	end := strings.IndexByte(s[:min(len(s), maxEntity)], ';')
	if end < 3 {
		return "", 0
	}
	name := s[1:end]
	switch name {
	case "quot":
		return `"`, end + 1
	case "apos":
		return "'", end + 1
	case "lt":
		return "<", end + 1
	case "gt":
		return ">", end + 1
	case "amp":
		return "&", end + 1
	}
	if name[0] != '#' {
		return "", 0
	}
	digits, base := name[1:], 10
	if digits[0]|0x20 == 'x' {
		digits, base = digits[1:], 16
	}
	c, err := strconv.ParseUint(digits, base, 8)
	if err != nil || !isPrintable(rune(c)) {
		return "", 0
	}
	return string(rune(c)), end + 1
}
