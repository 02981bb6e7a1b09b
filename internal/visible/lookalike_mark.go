package visible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// alphabets have letters that look like Latin ones, so that a word of both is written in one of
// them (Unicode Technical Standard 39, section 5.2).
var alphabets = []*unicode.RangeTable{
	unicode.Armenian, unicode.Cherokee, unicode.Coptic, unicode.Cyrillic, unicode.Deseret, unicode.Greek, unicode.Lisu, unicode.Osage,
}

// identical are letters that look like ASCII ones in every font. A word of them alone reads as
// another.
const identical = "аеорсухіјѕһԁԛԝӏАВЕКМНОРСТУХІЈЅԀԚԜӀοΑΒΕΖΗΙΚΜΝΟΡΤΥΧօոսհ"

// signs look like those that part addresses: the slash, the backslash, the dot and the colon.
const signs = "⁄∕⧸╱∖⧵⧹﹨․ꓸ∶꞉ː։"

// LookalikeLine returns s as one line that shows all of it: invisible characters are escaped, see
// [visible.Line], and letters that look like others are marked, see [mark].
func LookalikeLine(s string) string { return mark(Line(s)) }

// mark returns text with each letter that looks like an ASCII one followed by its code point, as in
// "pа[U+0430]y". In a word with such letters only, the first is marked: "оса[U+043E…]". Other words
// without ASCII letters stay as they are: they are words of another script. Signs that look like
// those between the parts of addresses are marked, too.
func mark(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) {
		return text
	}
	var b strings.Builder
	before := ' '
	for text != "" {
		end := strings.IndexFunc(text, func(r rune) bool { return !isWord(r) })
		if end == 0 {
			r, n := utf8.DecodeRuneInString(text)
			writeMarked(&b, r, false)
			before, text = r, text[n:]
			continue
		}
		if end < 0 {
			end = len(text)
		}
		word := text[:end]
		text = text[end:]
		after, _ := utf8.DecodeRuneInString(text)
		markWord(&b, word, strings.ContainsRune(separators, before) || strings.ContainsRune(separators, after))
		before = ' '
	}
	return b.String()
}

// separators are the signs between the parts of addresses.
const separators = "./:@-"

// writeMarked writes a character, and its code point if it looks like one of ASCII.
func writeMarked(b *strings.Builder, r rune, looksLike bool) {
	b.WriteRune(r)
	if looksLike || strings.ContainsRune(signs, r) {
		fmt.Fprintf(b, "[U+%04X]", r)
	}
}

func isWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) || r == '_'
}

// markWord writes a word, which may be a part of an address.
func markWord(b *strings.Builder, word string, isPart bool) {
	if !strings.ContainsFunc(word, func(r rune) bool { return r < unicode.MaxASCII }) {
		b.WriteString(word)
		if first, n := utf8.DecodeRuneInString(word); readsAsLatin(word) && (isPart || n < len(word)) { // single letters are words
			fmt.Fprintf(b, "[U+%04X…]", first)
		}
		return
	}
	isLatin := strings.ContainsFunc(word, func(r rune) bool { return r < unicode.MaxASCII && unicode.IsLetter(r) })
	for _, r := range word {
		_, looksLike := lookalikes[unicode.ToLower(r)]
		writeMarked(b, r, r > unicode.MaxASCII && (looksLike || isForm(r) || isLatin && unicode.In(r, alphabets...)))
	}
}

// readsAsLatin reports whether a word without ASCII letters has only letters that look like them.
func readsAsLatin(word string) bool {
	for _, r := range word {
		if !strings.ContainsRune(identical, r) && (!isForm(r) || isWide(r)) {
			return false
		}
	}
	return true
}

// isForm reports whether a letter or digit is another form of an ASCII one, such as those of
// mathematics, and not above or below the line.
func isForm(r rune) bool {
	if r <= unicode.MaxASCII || unicode.In(r, unicode.Lm, unicode.No) || r == '\u00aa' || r == '\u00ba' {
		return false
	}
	return len(norm.NFKD.String(string(r))) == 1
}

// isWide reports whether a letter has the width of a Chinese one, which shows.
func isWide(r rune) bool { return r >= 0xff01 && r <= 0xff5e }
