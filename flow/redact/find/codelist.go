package find

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/internal/ascii"
)

// maxCodeList bounds a list of codes in markup, in bytes.
const maxCodeList = 4 << 10

// findCodeList finds the codes of a list in markup after its label, whose last word is s[i:j]:
// <p>Recovery codes:</p><ul><li>1234-5678</li>…
func findCodeList(s string, i, j int) (Span, bool) {
	if j-i != len("codes") || !equalFold(s[i:j], "codes") || names.SensitivityOf(s[phrase.Start(s, i):j]) != names.Secret {
		return Span{}, false
	}
	s = s[:min(len(s), j+maxCodeList)]
	if s[j] == ':' {
		j++
	}
	from, tags := skipTags(s, j)
	if tags == 0 || from-j > maxLabelLen {
		return Span{}, false
	}
	sp := Span{Start: from}
	for {
		end := typedCodeEnd(s, from)
		if end == from {
			return sp, sp.End > 0
		}
		sp.End = end
		from, _ = skipTags(s, end)
	}
}

// skipTags skips tags and blanks at k, and counts the tags.
func skipTags(s string, k int) (end, tags int) {
	for k < len(s) {
		switch {
		case lex.IsBlank(s[k]):
			k++
		case s[k] == '<':
			n := strings.IndexByte(s[k:], '>')
			if n < 0 {
				return k, tags
			}
			k, tags = k+n+1, tags+1
		default:
			return k, tags
		}
	}
	return k, tags
}

// typedCodeEnd returns where the code at k ends. It returns k if no code starts there. A code may
// have two groups with a blank between them.
func typedCodeEnd(s string, k int) int {
	end := k
	for end < len(s) && (ascii.IsAlnum(s[end]) || s[end] == '-' || s[end] == ' ' && end > k && ascii.IsDigit(s[end-1])) {
		end++
	}
	code := strings.TrimRight(s[k:end], " -")
	if names.IsOneTimeCode(code) || phrase.IsGroupedCode(code) {
		return k + len(code)
	}
	return k
}
