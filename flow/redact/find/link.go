package find

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
)

// Links that open something for who has them have a token at the end of the path, or as a parameter
// with a short name.

// linkEnds end a link in text.
const linkEnds = " \t\r\n\"'`<>\\"

// isParameter reports whether s[i:j] is the name of a parameter of a link in text.
func isParameter(s string, i, j int) bool {
	return i > 0 && (s[i-1] == '&' || s[i-1] == '?') && s[j] == '='
}

// maxUser bounds the segment between the word for a link and its token, which tells the user or
// what to do, in bytes.
const maxUser = 36

// IsLinkToken reports whether a segment of a path is the token of a link by the two segments before
// it: /activate/MjM/c5q2xz-8d7f6e5d4c3b2a19, /password/edit/k3Jd92LqPz7x4sQ8.
func IsLinkToken(kind, user, segment string) bool {
	return len(user) <= maxUser && LooksGenerated(segment) &&
		(names.OpensByLink(kind) || names.MayEndSecret(kind) && names.IsChosen(kind))
}

// findLinkToken finds such a token in text. The word for the link is s[i:j].
func findLinkToken(s string, i, j int) (Span, bool) {
	from := j + 1
	for from < len(s) && from <= j+1+maxUser && wordByte[s[from]] {
		from++
	}
	if from == j+1 || from == len(s) || s[from] != '/' {
		return Span{}, false
	}
	end := from + 1
	for end < len(s) && wordByte[s[end]] {
		end++
	}
	segment := strings.TrimRight(s[from+1:end], ".")
	return Span{Start: from + 1, End: from + 1 + len(segment)}, IsLinkToken(s[i:j], s[j+1:from], segment)
}

// findLinkParameter finds the token of a link in text as the value at k of the parameter
// whose name, which says nothing by itself, starts at i:
// https://a.example/auth/magic?t=k3Jd92LqPz7x4sQ8.
func findLinkParameter(s string, i, k int) (Span, bool) {
	end := parameterEnd(s, k, maxJudgedLen)
	if end-k == maxJudgedLen || !LooksGenerated(lex.Unescape(s[k:end])) {
		return Span{}, false
	}
	before := s[max(0, i-2*names.MaxLen):i]
	before = before[strings.LastIndexAny(before, linkEnds)+1:]
	path, _, _ := strings.Cut(before, "?")
	return Span{Start: k, End: end}, names.LeadsByLink(path)
}

// parameterEnd returns the end of the value at k of a parameter of a link, of which at most so many
// bytes are inspected.
func parameterEnd(s string, k, most int) int {
	return lex.IndexFrom(s[:min(len(s), k+most)], k, linkEnds+"&#")
}

// findUnderPlain is findValueOf for a name that says nothing by itself.
func findUnderPlain(s, name string, i, j, start int, quote byte) (Span, bool) {
	switch {
	case quote == 0 && len(name) > 2 && i > 0 && s[i-1] == ';' && s[j] == '=' && names.SensitivityOf(name) == names.Plain:
		return findPathParameter(s, i, start)
	case len(name) < 3 && quote == 0 && isParameter(s, i, j):
		return findLinkParameter(s, i, start)
	case equalFold(name, "login"), names.LastWord(name) == "user" && strings.HasPrefix(strings.TrimLeft(s[j:start], " "), "="):
		return findLogin(s, start, quote, name)
	}
	return Span{}, false
}
