package redact_test

import (
	"fmt"
	"sort"
	"strings"
	"testing"
	"unicode"
)

// boundsHead explains testdata/bounds.txt.
const boundsHead = `# How far finders look. In these bodies of forms.txt a number ‹n› says that the character before it may be written
# up to n times in a row; once more, and other parts of the body are redacted. Characters with no bound below 1,050 have
# no number, so that nothing but a bound of a finder or the length of a form is here.
# go test ./flow/redact -run TestBounds -update writes the file.
`

// mostRepeated is beyond the bounds of finders that look at a line or a name. TestReach has those of
// finders that look further.
const mostRepeated = 1050

// runeClass tells the runes of a word, a number and a gap from all others, for which it returns 0.
func runeClass(c rune) int {
	switch {
	case unicode.IsLetter(c):
		return 1
	case unicode.IsDigit(c):
		return 2
	case unicode.IsSpace(c):
		return 3
	}
	return 0
}

// bounds returns the body with the number of times that its characters may be repeated: of the first
// one of each word, number and gap, and of the last one of each secret.
func (b formBody) bounds() string {
	var out strings.Builder
	k, last := 0, 0
	text := []rune(b.marked)
	for at, c := range text {
		out.WriteRune(c)
		if c == '«' || c == '»' {
			continue
		}
		if c == '␍' { // one character for two
			k++
		}
		class := runeClass(b.runes[k])
		isFirst := class > 0 && (k == 0 || runeClass(b.runes[k-1]) != class)
		if isFirst || at+1 < len(text) && text[at+1] == '»' {
			if n := b.mostOf(k, last); n > 1 {
				fmt.Fprintf(&out, "‹%d›", n)
				last = n
			}
		}
		k++
	}
	if last == 0 {
		return ""
	}
	return fmt.Sprintf("%-9s %s\n", b.kind, out.String())
}

// mostOf returns how often the rune at k may be repeated so that the same is redacted, or 0 if there
// is no bound. It tries the guess first.
func (b formBody) mostOf(k, guess int) int {
	changes := func(n int) bool { return !b.keeps("", "", k, []rune(strings.Repeat(string(b.runes[k]), n))...) }
	switch {
	case changes(2):
		return 0
	case guess > 1 && !changes(guess) && changes(guess+1):
		return guess
	case !changes(mostRepeated):
		return 0
	}
	return 1 + sort.Search(mostRepeated-2, func(n int) bool { return changes(n + 2) })
}

// TestBounds repeats characters of the bodies in testdata/forms.txt. How often is in
// testdata/bounds.txt.
func TestBounds(t *testing.T) {
	golden(t, "testdata/bounds.txt", boundsHead, formBody.bounds)
}
