package find

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
func (sc *Scanner) findBeforeSlash(i, j int) (Span, bool) {
	s := sc.Text
	if i > 0 && s[i-1] == '/' {
		return findPathSecret(s, i, j)
	}
	if strings.HasSuffix(s[:i], "thin:") || strings.HasSuffix(s[:i], "oci:") {
		if start, end, ok := command.Oracle(s, i); ok {
			return Span{Start: start, End: end}, !strings.Contains(s[start:end], mark.Prefix)
		}
	}
	if sc.Sensitivity != names.Identifier {
		return findRandomBase64(s, i, j)
	}
	return Span{}, false
}

// findBeforeAt looks for a span at the word s[i:j] before an at sign, which may be escaped: a
// password, or an address.
func (sc *Scanner) findBeforeAt(i, j int) (Span, bool) {
	s := sc.Text
	if s[j] == '@' {
		sp, ok := phrase.UserPassword(s, i, j)
		if sp, ok := inPhrase(s, sp, ok); ok {
			return sp, true
		}
	}
	if from, end, ok := form.Email(s, i, j); ok || s[j] == '@' {
		if password := phrase.PasswordAfter(s, end); ok && password > 0 {
			return Span{Start: from, End: end + password}, true
		}
		return Span{Start: from, End: end, Kind: mark.Email}, ok
	}
	return sc.findNameValue(i, j)
}

// findBeforeSign looks for a span after the word s[i:j], which a quote or a sign follows.
func (sc *Scanner) findBeforeSign(i, j int) (Span, bool) {
	s := sc.Text
	if s[j] != '>' && mayBePhrase(s, i, j) {
		sp, ok := phrase.Code(s, i, j)
		if sp, ok := inPhrase(s, sp, ok); ok {
			return sp, true
		}
	}
	if s[j] == ':' && j+1 < len(s) && (s[j+1] == '\n' || s[j+1] == '\r' || s[j+1] == '*') && !sc.YAML {
		if sp, ok := findBelowHeading(s, i, j); ok {
			return sp, true
		}
	}
	if s[j] == ':' && i > 4 && s[i-1] == ':' && ascii.IsLower(s[i]) {
		sp, ok := phrase.PassFile(s, i, j)
		if sp, ok := inPhrase(s, sp, ok); ok {
			return sp, true
		}
	}
	if s[j] == ':' && s[i:j] == "static" {
		sp, ok := phrase.StaticMap(s, i, j)
		if sp, ok := inPhrase(s, sp, ok); ok {
			return sp, true
		}
	}
	if s[j] == ']' && i > 0 && s[i-1] == '[' {
		sc.openSection(i, j)
		sp, ok := phrase.RelayAccount(s, i, j)
		if sp, ok := inPhrase(s, sp, ok); ok {
			return sp, true
		}
	}
	if s[j] == '=' && phrase.IsLoginUser(s, i, j) {
		if sp, ok := inPhrase(s, phrase.Quoted(s, j+1), true); ok && sp.End > sp.Start {
			return sp, true
		}
	}
	if s[j] == ':' && j+2 < len(s) && ascii.IsDigit(s[j+1]) && ascii.IsDigit(s[j+2]) {
		sp, ok := phrase.RelayAccount(s, i, j)
		if sp, ok := inPhrase(s, sp, ok); ok {
			return sp, true
		}
	}
	if s[j] == ':' && j-i == phrase.NTHashLen {
		if end, ok := phrase.NTHash(s, i, j); ok {
			return Span{Start: i, End: end}, true
		}
	}
	if ascii.IsDigit(s[j-1]) {
		if sp, ok := findColonToken(s, i, j); ok {
			return sp, true
		}
	}
	return sc.findNameValue(i, j)
}
