package mcptools

import (
	"net/url"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Trigrams are of the bytes of texts whose letters have one case: that of small letters in ASCII, else the first of
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

// eachTrigram calls f with the trigrams of a text.
func eachTrigram(s string, f func(a, b, c byte)) {
	var a, b byte
	n := 0 // bytes before
	next := func(c byte) {
		if n >= 2 {
			f(a, b, c)
		}
		a, b, n = b, c, n+1
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

// bitsOf are the places of a trigram in a filter.
func bitsOf(a, b, c byte) (int, int) {
	h := (uint64(a)<<16 | uint64(b)<<8 | uint64(c)) * 0x9e3779b97f4a7c15 // Fibonacci hashing
	return int(h >> 51), int(h >> 38 & (filterBits - 1))
}

// trigrams are the places in filters that a text's trigrams have.
func trigrams(s string) (out [][2]int) {
	eachTrigram(s, func(a, b, c byte) {
		p, q := bitsOf(a, b, c)
		out = append(out, [2]int{p, q})
	})
	return out
}

// addText adds the trigrams of a text.
func (b *block) addText(s string) {
	eachTrigram(s, func(x, y, z byte) {
		p, q := bitsOf(x, y, z)
		for _, at := range [2]int{p, q} {
			if b.bits[at/64]&(1<<(at%64)) == 0 {
				b.bits[at/64] |= 1 << (at % 64)
				b.set++
			}
		}
	})
}

// addPart adds a text of a flow, and what its escapes stand for: values are looked for by what they are.
func (b *block) addPart(p part) {
	b.addText(p.text)
	if strings.Contains(p.text, `\u`) {
		b.addText(unescapeJSON(p.text))
	}
	if isEscaped(p) {
		if s, err := url.QueryUnescape(p.text); err == nil {
			b.addText(s)
		} else if s, err := url.PathUnescape(p.text); err == nil {
			b.addText(s)
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

// needed are the trigrams that a text must have for an expression to match it: those of the literals that stand in
// each match.
func needed(re *regexp.Regexp, literal string) [][2]int {
	if re == nil {
		return nil
	}
	if literal != "" {
		return trigrams(literal)
	}
	tree, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return nil
	}
	var out [][2]int
	for _, s := range literals(tree.Simplify(), nil) {
		out = append(out, trigrams(s)...)
	}
	return out
}

// literals are the texts that each match of an expression has.
func literals(x *syntax.Regexp, out []string) []string {
	switch x.Op {
	case syntax.OpLiteral:
		return append(out, string(x.Rune))
	case syntax.OpCapture, syntax.OpPlus:
		return literals(x.Sub[0], out)
	case syntax.OpRepeat:
		if x.Min > 0 {
			return literals(x.Sub[0], out)
		}
	case syntax.OpConcat:
		for _, sub := range x.Sub {
			out = literals(sub, out)
		}
	}
	return out
}
