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

// EndsHeaderToken reports whether the last word of the name of a header is that of what grants
// access, as in X-Metabase-Session or Jenkins-Crumb.
func EndsHeaderToken(name string) bool {
	switch names.LastWord(name) {
	case "auth", "session", "key", "crumb", "macaroon":
		return true
	}
	return false
}

// IsHeaderToken reports whether the value of such a header is a short token that looks random.
// Headers have less vocabulary under such names than other values.
func IsHeaderToken(name, value string) bool {
	if len(value) < 10 || len(value) > maxJudgedLen || !ascii.AllAlnum(value) || !EndsHeaderToken(name) {
		return false
	}
	c := form.Count(value)
	return c.DigitChanges*3 >= len(value) || c.Upper > 0 && c.Lower > 0 && c.DigitChanges >= 3 ||
		c.Upper >= 3 && c.Lower >= 3 && c.Changes*2 > len(value)
}

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
		if sp, ok := findCodeList(s, i, j); ok {
			return sp, true
		}
	}
	if s[j] == ':' && j+1 < len(s) && strings.IndexByte(" \t\r\n*", s[j+1]) >= 0 && !sc.YAML {
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
