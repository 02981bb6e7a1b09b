package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spectap/spectap/flow/filter"
)

// Query says which trigrams a text must contain in order to match: all of its own grams, and one of
// the alternatives in each list. A nil Query admits every text.
type Query struct {
	all []gramBits
	any [][]*Query
}

// admits reports whether texts with these grams may match.
func (q *Query) admits(f *bloomFilter) bool {
	if q == nil {
		return true
	}
	if !f.hasAll(q.all) {
		return false
	}
	for _, alternatives := range q.any {
		if !slices.ContainsFunc(alternatives, func(x *Query) bool { return x.admits(f) }) {
			return false
		}
	}
	return true
}

// ForText returns the query for texts that contain s, in upper or lower case.
func ForText(s string) *Query {
	if g := foldedGrams(strings.Map(fold, s)); g != nil {
		return &Query{all: g}
	}
	return nil
}

// ForWords returns the query for texts that contain the words of a value. The characters between
// words may be escaped in the text.
func ForWords(value string) *Query {
	var out *Query
	isSeparator := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for _, word := range strings.FieldsFunc(value, isSeparator) {
		out = And(out, ForText(word))
	}
	return out
}

// ForFilter returns the query for flows that a filter may select.
func ForFilter(f *filter.Filter) *Query { return forNeeds(f.Needs()) }

func forNeeds(n filter.Needs) *Query {
	var out *Query
	if pattern, ok := strings.CutPrefix(n.Text, "~"); ok {
		out = ForRegexp(pattern)
	} else {
		out = ForText(n.Text)
	}
	for _, x := range n.All {
		out = And(out, forNeeds(x))
	}
	if len(n.Any) == 0 {
		return out
	}
	alternatives := make([]*Query, len(n.Any))
	for i, x := range n.Any {
		alternatives[i] = forNeeds(x)
	}
	return And(out, or(alternatives...))
}

// And returns the query for texts that both queries admit.
func And(x, y *Query) *Query {
	if x == nil {
		return y
	}
	if y == nil {
		return x
	}
	return &Query{all: slices.Concat(x.all, y.all), any: slices.Concat(x.any, y.any)}
}

func or(list ...*Query) *Query {
	if len(list) == 0 || slices.Contains(list, nil) {
		return nil
	}
	if len(list) == 1 {
		return list[0]
	}
	return &Query{any: [][]*Query{list}}
}

// The index stores grams: trigrams and single bytes of case-folded text in UTF-8.

const trigramBits = 8192

// bloomFilter holds the grams of some texts. Each trigram sets two of the first 8,192 bits, as in a
// Bloom filter with two hash functions. Each byte has a bit of its own behind them.
type bloomFilter [(trigramBits + 256) / 64]uint64

// gramBits are the two bits of a gram; for a byte they are equal.
type gramBits [2]int

func trigramGram(a, b, c byte) gramBits {
	h := (uint64(a)<<16 | uint64(b)<<8 | uint64(c)) * 0x9e3779b97f4a7c15 // Fibonacci hashing
	return gramBits{int(h >> 51), int(h >> 38 & (trigramBits - 1))}
}

func byteGram(c byte) gramBits { return gramBits{trigramBits + int(c), trigramBits + int(c)} }

// hasAll reports whether the filter contains all grams. It may report true for absent grams.
func (f *bloomFilter) hasAll(grams []gramBits) bool {
	for _, g := range grams {
		if f[g[0]/64]&(1<<(g[0]%64)) == 0 || f[g[1]/64]&(1<<(g[1]%64)) == 0 {
			return false
		}
	}
	return true
}

// addText adds the grams of a text.
func (f *bloomFilter) addText(s string) {
	eachByte(s, func(a, b, c byte, n int) {
		bit := trigramBits + int(c)
		f[bit/64] |= 1 << (bit % 64)
		if n < 3 {
			return
		}
		for _, bit := range trigramGram(a, b, c) {
			f[bit/64] |= 1 << (bit % 64)
		}
	})
}

// eachByte folds s and calls f with each byte c and the two bytes a and b before it. n is how many
// of the three exist.
func eachByte(s string, f func(a, b, c byte, n int)) {
	var a, b byte
	n := 0
	next := func(c byte) {
		n = min(n+1, 3)
		f(a, b, c, n)
		a, b = b, c
	}
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			next(toLower(s[i]))
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

// foldedGrams returns the trigrams of a folded text, or its bytes if it is too short for a trigram.
func foldedGrams(folded string) (out []gramBits) {
	for i := 0; i+3 <= len(folded); i++ {
		out = append(out, trigramGram(folded[i], folded[i+1], folded[i+2]))
	}
	for i := 0; i < len(folded) && len(folded) < 3; i++ {
		out = append(out, byteGram(folded[i]))
	}
	return out
}

// fold returns one character for all that (?i) of package regexp treats as equal: the lower-case
// letter if one of them is ASCII, otherwise the first in Unicode order.
func fold(r rune) rune {
	least := r
	for x := unicode.SimpleFold(r); x != r; x = unicode.SimpleFold(x) {
		least = min(least, x)
	}
	if least < utf8.RuneSelf {
		return rune(toLower(byte(least)))
	}
	return least
}

func toLower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
