package openapi

// This file cleans text from traffic before it enters a document, and puts errors on one line.
//
// A document is read by people and by models, so its text holds no markup, no control characters
// and no invisible ones.

import (
	"errors"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a text in a document, in runes. A person does not write longer ones.
const (
	maxLine = 200
	maxText = 4000
)

const (
	maxError = 300  // runes of an error
	maxName  = 512  // bytes of a name
	maxValue = 4096 // bytes of a value
)

// markup matches HTML tags and Markdown links, which could instruct a reader or a model that is
// shown the text.
var markup = regexp.MustCompile(`<[^<>]*>|!?\[([^\[\]]*)\]\([^()]*\)`)

// CleanLine returns s as one line of plain text: no markup, no control or invisible characters.
func CleanLine(s string) string {
	return ShortenText(strings.Join(strings.Fields(clean(s)), " "), maxLine)
}

// CleanText is [CleanLine] for text of several lines.
func CleanText(s string) string {
	lines := strings.Split(clean(strings.ReplaceAll(s, "\r\n", "\n")), "\n")
	for i, l := range lines {
		lines[i] = strings.Join(strings.Fields(l), " ")
	}
	return ShortenText(strings.TrimSpace(strings.Join(lines, "\n")), maxText)
}

// maxPasses bounds how often markup is removed that encloses other markup. People do not nest it in
// more than two levels. Text with more levels loses its brackets.
const maxPasses = 10

var brackets = strings.NewReplacer("<", "", ">", "", "[", "", "]", "")

func clean(s string) string {
	s = strings.ToValidUTF8(s, "")
	// Until nothing changes: removing a tag may join two halves of another.
	for passes := 0; strings.ContainsAny(s, "<["); passes++ {
		t := markup.ReplaceAllString(s, "$1")
		if t == s {
			break
		}
		if s = t; passes == maxPasses {
			s = brackets.Replace(s)
		}
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

// ShortenText returns at most n runes of s; an ellipsis marks the cut.
func ShortenText(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return strings.TrimSpace(string(r[:n-1])) + "…"
}

// IsCleanName reports whether a name from traffic may enter a document unchanged: it is printable,
// on one line, and has nothing that reads as markup. A name is not cleaned, because requests need
// it to the letter.
func IsCleanName(s string) bool {
	if s == "" || len(s) > maxName || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r == '<' || r == '>' || r != ' ' && !unicode.IsGraphic(r) || r != ' ' && unicode.IsSpace(r) {
			return false
		}
	}
	return true
}

// IsCleanValue reports whether a value may enter a document unchanged: each of its lines is empty
// or satisfies [IsCleanName].
func IsCleanValue(s string) bool {
	if len(s) > maxValue {
		return false
	}
	for line := range strings.Lines(s) {
		if line = strings.Trim(line, "\r\n\t "); line != "" && !IsCleanName(strings.ReplaceAll(line, "\t", " ")) {
			return false
		}
	}
	return true
}

// LineError returns an error whose text is that of err on one line of bounded length.
func LineError(err error) error {
	s := strings.Join(strings.Fields(err.Error()), " ")
	// Kin-openapi reports the errors of its JSON and its YAML parser, which were given the same
	// JSON.
	if _, after, ok := strings.Cut(s, "json error: "); ok {
		s, _, _ = strings.Cut(after, ", yaml error: ")
	}
	s = strings.TrimPrefix(s, "json: ")
	return errors.New(ShortenText(s, maxError))
}
