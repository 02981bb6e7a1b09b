package spectools

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/spectap/spectap/internal/visible"
)

// Descriptions come from a document that others wrote: they are cut short, and what could pass for anything but
// a description is taken out. That makes them harmless to read, not true.
var (
	markup = regexp.MustCompile(`(?s)<!--.*?(-->|$)|</?[A-Za-z!?][^<>]{0,500}>`)
	link   = regexp.MustCompile(`!?\[([^\[\]]{0,300})\]\([^()\s]{0,1000}(?:\s[^()]{0,300})?\)`)
	angles = strings.NewReplacer("<", "‹", ">", "›")
	stops  = strings.NewReplacer(" .", ".", " ,", ",") // where a tag stood before
	noise  = regexp.MustCompile("```[a-zA-Z]*|(?m:^[ \t]*(?:#{1,6}|[-*_]{3,}|>+)[ \t]*)|\\*\\*|__|`")
)

// clean makes one line of at most limit characters of s: without control and invisible characters, tags,
// comments, links' targets and Markdown's signs.
func clean(s string, limit int) string {
	if len(s) <= limit && !strings.ContainsFunc(s, unusual) && !strings.Contains(s, "  ") && strings.TrimSpace(s) == s {
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
	// Taking a tag out may put two halves of another together.
	for range 5 {
		if !strings.ContainsRune(s, '<') {
			break
		}
		t := markup.ReplaceAllString(s, " ")
		if t == s {
			break
		}
		s = t
	}
	if strings.Contains(s, "](") {
		s = link.ReplaceAllString(s, "$1")
	}
	if strings.ContainsAny(s, "`#*_>-") {
		s = noise.ReplaceAllString(s, "")
	}
	s = angles.Replace(s)
	s = strings.Join(strings.Fields(s), " ")
	s = stops.Replace(s)
	if r := []rune(s); len(r) > limit {
		cut := string(r[:limit-1])
		if i := strings.LastIndexAny(cut, " "); i > len(cut)/2 {
			cut = cut[:i]
		}
		s = strings.TrimRight(cut, " ,;:.") + "…"
	}
	return s
}

// unusual are characters that a plain line has no need of, or that may be part of markup.
func unusual(r rune) bool {
	return r < ' ' || r > '~' || strings.ContainsRune("<>[]`#*_-", r)
}
