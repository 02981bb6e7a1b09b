// Package lookalike finds names and words that look like others. It imports internal/visible. Read
// lookalike.go first.
package lookalike

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/spectap/spectap/internal/visible"
)

// lookalikes are letters and digits that look like another in most fonts: Unicode Technical
// Standard 39, confusables, as far as names of tools need it.
var lookalikes = func() map[rune]rune {
	pairs := "аaвbеeкkмmнhоoрpсcтtуyхxіiјjѕsһhԁdԛqԝwӏl" + "αaβbεeιiκkνvοoρpτtυuχxγy" + "0o1l5s|l!l" + "ıiɡgɑaոnսuօoհh"
	m := map[rune]rune{}
	r := []rune(pairs)
	for i := 0; i+1 < len(r); i += 2 {
		m[r[i]] = r[i+1]
	}
	m['i'] = 'l' // a capital I
	return m
}()

// Skeleton maps names that look alike to one text. Case, accents, the separators _ - . and space,
// and characters that do not show make no difference.
func Skeleton(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(name) {
		if unicode.Is(unicode.Mn, r) || strings.ContainsRune("_-. ", r) || !visible.Shown(r) {
			continue
		}
		r = unicode.ToLower(r)
		for range 2 { // a Cyrillic і is an i, which is an l
			if to, ok := lookalikes[r]; ok {
				r = to
			}
		}
		b.WriteRune(r)
	}
	return strings.ReplaceAll(b.String(), "rn", "m")
}

// Mark returns text with each letter that looks like an ASCII one followed by its code point, as in
// "pа[U+0430]y". Words that have no ASCII letter stay as they are: they are words of another
// script.
func Mark(text string) string {
	var b strings.Builder
	for text != "" {
		end := strings.IndexFunc(text, func(r rune) bool { return !isWord(r) })
		if end == 0 {
			_, end = utf8.DecodeRuneInString(text)
			b.WriteString(text[:end])
			text = text[end:]
			continue
		}
		if end < 0 {
			end = len(text)
		}
		b.WriteString(markWord(text[:end]))
		text = text[end:]
	}
	return b.String()
}

func isWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || r == '_'
}

func markWord(word string) string {
	if !strings.ContainsFunc(word, func(r rune) bool { return r < unicode.MaxASCII }) {
		return word
	}
	var b strings.Builder
	for _, r := range word {
		b.WriteRune(r)
		if _, ok := lookalikes[unicode.ToLower(r)]; ok && r > unicode.MaxASCII {
			fmt.Fprintf(&b, "[U+%04X]", r)
		}
	}
	return b.String()
}
