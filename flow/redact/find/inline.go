package find

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// findGrouped finds card and account numbers in groups with blanks between them.
func findGrouped(s string, i, j int) (Span, bool) {
	if j-i < 3 || j-i > 6 || j+3 >= len(s) || s[j] != ' ' || !wordByte[s[j+1]] || !ascii.IsDigit(s[i]) && !ascii.IsDigit(s[j-1]) {
		return Span{}, false
	}
	best := Span{}
	end := j
	for n := 0; n < 9 && end+1 < len(s) && s[end] == ' ' && (ascii.IsDigit(s[end+1]) || ascii.IsUpper(s[end+1])); n++ {
		end++
		for end < len(s) && (ascii.IsDigit(s[end]) || ascii.IsUpper(s[end])) {
			end++
		}
		w := s[i:end]
		if end < len(s) && wordByte[s[end]] && s[end] != '.' {
			break
		}
		var buf [19]byte
		if d, ok := form.Digits(w, &buf); ok && form.IsCard(d) {
			best = Span{Start: i, End: end, Kind: mark.Card}
		} else if form.IsIBAN(w) {
			best = Span{Start: i, End: end, Kind: mark.ID}
		}
	}
	return best, best.End > 0
}

// base64Byte marks the digits of base64.
var base64Byte = func() (t [256]bool) {
	for c := range t {
		b := byte(c)
		t[c] = ascii.IsLower(b) || ascii.IsUpper(b) || ascii.IsDigit(b) || b == '+' || b == '/'
	}
	return t
}()

// base64End returns the end of the base64 text that extends beyond j.
func base64End(s string, j int) int {
	for j < len(s) && (base64Byte[s[j]] || s[j] == '=') {
		j++
	}
	return j
}

// findPathSecret finds the segment of a path in text after the name of a secret, the segment
// s[i:j].
func findPathSecret(s string, i, j int) (Span, bool) {
	end := j + 1
	for end < len(s) && (wordByte[s[end]] || s[end] == '%' || s[end] == ':') {
		end++
	}
	segment := strings.TrimRight(s[j+1:end], ".:")
	if kind, ok := strings.CutSuffix(s[max(0, i-len("/webhooks/")):i], "hooks/"); ok && IsWebhookToken(strings.TrimLeft(kind, "/")+"hooks", s[i:j], segment) {
		return Span{Start: j + 1, End: j + 1 + len(segment)}, true
	}
	if len(segment) < 4 || !IsPathSecret(s[i:j], lex.Unescape(segment)) || strings.Contains(segment, mark.Prefix) {
		return findLinkToken(s, i, j)
	}
	return Span{Start: j + 1, End: j + 1 + len(segment)}, true
}

// mayBeBase64 is a quick check whether base64 that is long enough to be random starts at i.
func mayBeBase64(s string, i int) bool {
	if len(s)-i < form.MinRandomLen {
		return false
	}
	for k := i; k < i+form.MinRandomLen; k++ {
		if !base64Byte[s[k]] {
			return false
		}
	}
	return true
}

// findRandomBase64 finds random base64 whose slashes separate it into several words. The first is
// s[i:j].
func findRandomBase64(s string, i, j int) (Span, bool) {
	if i > 0 && (s[i-1] == '/' || s[i-1] == '%') {
		return Span{}, false // not the first word
	}
	end := j
	for end < len(s) && end-i <= maxBase64Len && base64Byte[s[end]] {
		end++
	}
	if end-i < form.MinRandomLen {
		return Span{}, false
	}
	for end < len(s) && s[end] == '=' {
		end++
	}
	if end < len(s) && wordByte[s[end]] && s[end] != '.' || !IsRandomBase64(s[i:end]) {
		return Span{}, false
	}
	return Span{Start: i, End: end, Kind: mark.Secret}, true
}

// findDatabasePassword finds the password in a data source name such as user:password@tcp(host)/db.
// The password ends with the word s[i:j].
func findDatabasePassword(s string, i, j int) (Span, bool) {
	if !strings.HasPrefix(s[j:], "@tcp(") && !strings.HasPrefix(s[j:], "@unix(") && !strings.HasPrefix(s[j:], "%40tcp(") {
		return Span{}, false
	}
	low := max(0, i-names.MaxLen)
	from := low + strings.LastIndexAny(s[low:i], " \t\r\n\"'`<>=,(") + 1
	colon := strings.IndexByte(s[from:j], ':')
	if colon < 0 || mark.IsPair(s[from+colon+1:j]) {
		return Span{}, false
	}
	return Span{Start: from + colon + 1, End: j}, true
}

// findUserinfo finds the user and password of the URL whose authority starts at k.
func findUserinfo(s string, k int) (Span, bool) {
	at := -1
	for e := k; e < len(s) && e < k+1024; e++ {
		switch s[e] {
		case '@':
			at = e
			continue
		case '/', '?', '#', ' ', '"', '\'', '<', '>', '\\', '\n', '\t', ')', '`', ',':
		default:
			continue
		}
		break
	}
	if at <= k || mark.Is(s[k:at]) || s[k:at] == "git" {
		return Span{}, false
	}
	if user, password, ok := strings.Cut(s[k:at], ":"); ok && password != "" && IsUserName(user) {
		return Span{Start: k + len(user) + 1, End: at}, !IsHarmless(password)
	}
	return Span{Start: k, End: at}, true
}
