package mcptools

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Grams are single bytes and trigrams, of the bytes of texts whose letters have one case: that of small letters in ASCII, else the first of
// those that (?i) takes for the same.

// fold is what a character is in trigrams.
func fold(r rune) rune {
	least := r
	for x := unicode.SimpleFold(r); x != r; x = unicode.SimpleFold(x) {
		least = min(least, x)
	}
	if least < utf8.RuneSelf {
		return rune(lower(byte(least)))
	}
	return least
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// eachGram calls f with each byte c of a text, as it is in trigrams, and with the two bytes before it; n is how many of the
// three there are.
func eachGram(s string, f func(a, b, c byte, n int)) {
	var a, b byte
	n := 0
	next := func(c byte) {
		n = min(n+1, 3)
		f(a, b, c, n)
		a, b = b, c
	}
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			next(lower(s[i]))
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		var buf [utf8.UTFMax]byte
		for _, c := range buf[:utf8.EncodeRune(buf[:], fold(r))] {
			next(c)
		}
		i += size
	}
}

// places are the bits of a filter that a gram has set: two for a trigram, for a byte one of its own.
type places [2]int

func placesOf(a, b, c byte) places {
	h := (uint64(a)<<16 | uint64(b)<<8 | uint64(c)) * 0x9e3779b97f4a7c15 // Fibonacci hashing
	return places{int(h >> 51), int(h >> 38 & (trigramBits - 1))}
}

func placesOfByte(c byte) places { return places{trigramBits + int(c), trigramBits + int(c)} }

// grams are the places that a text, as it is in trigrams, sets: of its trigrams, or of its bytes when it is too short
// for one.
func grams(folded string) (out []places) {
	for i := 0; i+3 <= len(folded); i++ {
		out = append(out, placesOf(folded[i], folded[i+1], folded[i+2]))
	}
	for i := 0; i < len(folded) && len(folded) < 3; i++ {
		out = append(out, placesOfByte(folded[i]))
	}
	return out
}

// addText adds the grams of a text.
func (f *filter) addText(s string) {
	eachGram(s, func(x, y, z byte, n int) {
		one := trigramBits + int(z)
		f[one/64] |= 1 << (one % 64)
		if n < 3 {
			return
		}
		for _, at := range placesOf(x, y, z) {
			f[at/64] |= 1 << (at % 64)
		}
	})
}

// addPart adds a text of a flow, and what its escapes stand for: values are looked for by what they are.
func (f *filter) addPart(p part) {
	f.addText(p.text)
	if strings.Contains(p.text, `\u`) {
		f.addText(unescapeJSON(p.text))
	}
	if isEscaped(p) {
		if s, err := url.QueryUnescape(p.text); err == nil {
			f.addText(s)
		} else if s, err := url.PathUnescape(p.text); err == nil {
			f.addText(s)
		}
	}
}

// isEscaped says whether a text may be a URL or a form with escapes in it.
func isEscaped(p part) bool {
	return (p.name == "url" || strings.HasSuffix(p.name, "_body") && !strings.ContainsAny(p.text, " \n")) && strings.IndexByte(p.text, '%') >= 0
}

// unescapeJSON replaces the escapes of characters in a JSON text by the characters.
func unescapeJSON(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, `\u`)
		if i < 0 || i+6 > len(s) {
			b.WriteString(s)
			return b.String()
		}
		end := i + 6
		if i+12 <= len(s) && s[end:end+2] == `\u` {
			end += 6 // perhaps the other half of a surrogate pair
		}
		out, err := strconv.Unquote(`"` + s[i:end] + `"`)
		if err != nil { // halves of pairs are none in Go
			out = unpaired(s[i:end])
		}
		b.WriteString(s[:i])
		b.WriteString(out)
		s = s[end:]
	}
}

// unpaired reads one or two escapes that may be the halves of a surrogate pair.
func unpaired(s string) string {
	var units []rune
	for ; len(s) >= 6; s = s[6:] {
		n, err := strconv.ParseUint(s[2:6], 16, 16)
		if err != nil {
			n = utf8.RuneError
		}
		units = append(units, rune(n))
	}
	if len(units) == 2 {
		const high, low = 0xd800, 0xdc00
		if units[0]&^0x3ff == high && units[1]&^0x3ff == low {
			return string((units[0]-high)<<10 | (units[1] - low) + 0x10000)
		}
	}
	return string(units)
}
