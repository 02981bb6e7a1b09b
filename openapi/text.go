package openapi

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Longest texts that a document carries, in runes. What is longer was not written by a person for one.
const (
	maxLine = 200
	maxText = 4000
)

// Markup that a reader, or a model that is shown the text, could take for more than text.
var markup = regexp.MustCompile(`<[^<>]*>|!?\[([^\[\]]*)\]\([^()]*\)`)

// cleanLine returns s as one line of plain text: no markup, no control or invisible characters.
func cleanLine(s string) string {
	return shorten(strings.Join(strings.Fields(clean(s)), " "), maxLine)
}

// cleanText is cleanLine for text of several lines.
func cleanText(s string) string {
	lines := strings.Split(clean(strings.ReplaceAll(s, "\r\n", "\n")), "\n")
	for i, l := range lines {
		lines[i] = strings.Join(strings.Fields(l), " ")
	}
	return shorten(strings.TrimSpace(strings.Join(lines, "\n")), maxText)
}

func clean(s string) string {
	s = strings.ToValidUTF8(s, "")
	// To a fixed point: taking a tag out may join two halves of another.
	for {
		t := markup.ReplaceAllString(s, "$1")
		if t == s {
			break
		}
		s = t
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unicode.IsSpace(r):
			return ' '
		case r == '<' || r == '>' || !unicode.IsGraphic(r):
			return -1
		}
		return r
	}, s)
}

func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return strings.TrimSpace(string(r[:n-1])) + "…"
}

// plainName says whether a name from traffic may stand in a document as it is: printable, of one line, without
// anything that reads as markup. It cannot be cleaned instead, as requests need it to the letter.
func plainName(s string) bool {
	if s == "" || len(s) > 512 || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r == '<' || r == '>' || r != ' ' && !unicode.IsGraphic(r) || r != ' ' && unicode.IsSpace(r) {
			return false
		}
	}
	return true
}

// plainValue is plainName of each line of a text that has some, or none.
func plainValue(s string) bool {
	if len(s) > 4096 {
		return false
	}
	for line := range strings.Lines(s) {
		if line = strings.Trim(line, "\r\n\t "); line != "" && !plainName(strings.ReplaceAll(line, "\t", " ")) {
			return false
		}
	}
	return true
}
