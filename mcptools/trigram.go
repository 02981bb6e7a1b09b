package mcptools

import (
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
