package redact

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/command"
	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/internal/ascii"
)

// findBeforeSlash looks for a span at the word s[i:j] before a slash: a segment of a path, base64,
// a name before its password.
func (sc *scanner) findBeforeSlash(i, j int) (span, bool) {
	s := sc.s
	if i > 0 && s[i-1] == '/' {
		return findPathSecret(s, i, j)
	}
	if strings.HasSuffix(s[:i], "thin:") || strings.HasSuffix(s[:i], "oci:") {
		if start, end, ok := command.Oracle(s, i); ok {
			return span{start: start, end: end}, !strings.Contains(s[start:end], mark.Prefix)
		}
	}
	if sc.sensitivity != names.Identifier {
		return findRandomBase64(s, i, j)
	}
	return span{}, false
}

// findBeforeAt looks for a span at the word s[i:j] before an at sign, which may be escaped: a
// password, or an address.
func (sc *scanner) findBeforeAt(i, j int) (span, bool) {
	s := sc.s
	if s[j] == '@' {
		sp, ok := phrase.UserPassword(s, i, j)
		if sp, ok := inPhrase(s, sp, ok); ok {
			return sp, true
		}
	}
	if from, end, ok := form.Email(s, i, j); ok || s[j] == '@' {
		if password := phrase.PasswordAfter(s, end); ok && password > 0 {
			return span{start: from, end: end + password}, true
		}
		return span{start: from, end: end, kind: mark.Email}, ok
	}
	return sc.findNameValue(i, j)
}

// findBeforeSign looks for a span after the word s[i:j], which a quote or a sign follows.
func (sc *scanner) findBeforeSign(i, j int) (span, bool) {
	s := sc.s
	if s[j] != '>' && mayBePhrase(s, i, j) {
		sp, ok := phrase.Code(s, i, j)
		if sp, ok := inPhrase(s, sp, ok); ok {
			return sp, true
		}
	}
	if s[j] == ':' && i > 4 && s[i-1] == ':' && ascii.IsLower(s[i]) {
		sp, ok := phrase.PassFile(s, i, j)
		if sp, ok := inPhrase(s, sp, ok); ok {
			return sp, true
		}
	}
	if s[j] == ':' && j-i == phrase.NTHashLen {
		if end, ok := phrase.NTHash(s, i, j); ok {
			return span{start: i, end: end}, true
		}
	}
	if ascii.IsDigit(s[j-1]) {
		if sp, ok := findColonToken(s, i, j); ok {
			return sp, true
		}
	}
	return sc.findNameValue(i, j)
}
