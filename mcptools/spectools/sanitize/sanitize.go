// Package sanitize makes text from a foreign document or server safe to show to an agent or a
// person: it removes markup, link targets, control characters and invisible characters, and cuts
// the text to length. It does not judge whether the text is true.
//
// Read sanitize.go first; it is the only file.
package sanitize

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/internal/visible"
)

var (
	// Large repetitions are slow to compile: most runs of the program need neither expression.
	markup = lazyregexp.New(`(?s)<!--.*?(-->|$)|</?[A-Za-z!?][^<>]{0,500}>`)
	link   = lazyregexp.New(`!?\[([^\[\]]{0,300})\]\([^()\s]{0,1000}(?:\s[^()]{0,300})?\)`)
	// markdown matches code fences, headings, rules, quotes and emphasis.
	markdown      = regexp.MustCompile("```[a-zA-Z]*|(?m:^[ \t]*(?:#{1,6}|[-*_]{3,}|>+)[ \t]*)|\\*\\*|__|`")
	angleBrackets = strings.NewReplacer("<", "‹", ">", "›")
	punctuation   = strings.NewReplacer(" .", ".", " ,", ",") // a removed tag leaves a space before it
)

// Description returns one line of at most limit characters of s, without control and invisible
// characters, tags, comments, link targets and Markdown. A cut ends with "…", at a space if one is
// near. Only the first 6*limit bytes of s are read.
func Description(s string, limit int) string {
	if len(s) <= limit && !strings.ContainsFunc(s, isUnusual) && !strings.Contains(s, "  ") &&
		strings.TrimSpace(s) == s {
		return s
	}
	if len(s) > 6*limit {
		s = strings.ToValidUTF8(s[:6*limit], "")
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r < unicode.MaxASCII && r >= ' ', unicode.IsSpace(r):
			return r
		case r == unicode.ReplacementChar || !visible.Shown(r) || r >= 0xE0000:
			return -1
		}
		return r
	}, s)
	s = removeMarkup(s)
	if strings.Contains(s, "](") {
		s = link.Get().ReplaceAllString(s, "$1")
	}
	if strings.ContainsAny(s, "`#*_>-") {
		s = markdown.ReplaceAllString(s, "")
	}
	s = angleBrackets.Replace(s)
	s = strings.Join(strings.Fields(s), " ")
	s = punctuation.Replace(s)
	if r := []rune(s); len(r) > limit {
		cut := string(r[:limit-1])
		if i := strings.LastIndexAny(cut, " "); i > len(cut)/2 {
			cut = cut[:i]
		}
		s = strings.TrimRight(cut, " ,;:.") + "…"
	}
	return s
}

// removeMarkup replaces tags and comments with spaces. It repeats that, because a removed tag may
// join two halves of another.
func removeMarkup(s string) string {
	for range 5 {
		if !strings.ContainsRune(s, '<') {
			break
		}
		t := markup.Get().ReplaceAllString(s, " ")
		if t == s {
			break
		}
		s = t
	}
	return s
}

// isUnusual reports whether a character is uncommon in a plain line, or may be part of markup.
func isUnusual(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune("<>[]`#*_-", r) }

// Line returns s without control and invisible characters, cut to limit characters. Unlike
// [Description] it keeps markup, so it suits header values and error messages.
func Line(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !visible.Shown(r) {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > limit {
		return string(r[:limit])
	}
	return s
}

// Name returns s as an identifier: ASCII letters, digits, "_" and "-" stay, and each run of other
// characters between them becomes one "_".
func Name(s string) string {
	isOther := func(r rune) bool {
		return r >= 0x80 || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-'
	}
	return strings.Join(strings.FieldsFunc(s, isOther), "_")
}
