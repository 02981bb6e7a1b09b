package find

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/hexdigit"
)

// findByShape classifies the word s[i:j] by its characters.
func findByShape(s string, i, j int, sensitivity names.Sensitivity) (Span, bool) {
	for i < j && isSeparator(s[i]) {
		i++
	}
	if sensitivity != names.Identifier {
		if sp, ok := findGrouped(s, i, j); ok {
			return sp, true
		}
	}
	for j > i && isSeparator(s[j-1]) {
		j--
	}
	if j-i < 9 {
		return Span{}, false
	}
	sp, ok := findWhole(s, i, j, sensitivity)
	if !ok { // maybe the name of a file
		if end := i + len(withoutExtension(s[i:j])); end < j && end-i >= 9 {
			return findWhole(s, i, end, sensitivity)
		}
	}
	return sp, ok
}

// withoutExtension returns a word with digits without the extension of a file name. The word has at
// least five bytes.
func withoutExtension(w string) string {
	for k := len(w) - 2; k >= len(w)-5; k-- {
		if w[k] == '.' {
			if !strings.ContainsAny(w[:k], asciiDigits) {
				return w
			}
			return w[:k]
		}
		if !ascii.IsLower(w[k]) && !ascii.IsDigit(w[k]) {
			break
		}
	}
	return w
}

const asciiDigits = "0123456789"

// findWhole classifies the word s[i:j] as a whole.
func findWhole(s string, i, j int, sensitivity names.Sensitivity) (Span, bool) {
	w := s[i:j]
	kind, ok := form.Known(w)
	if i > 0 && s[i-1] == '*' && isHashOfMySQL(w) {
		return Span{Start: i, End: j}, true
	}
	if !ok {
		if sp, ok := findEncoded(s, i, j); ok {
			return sp, true
		}
		if sp, ok := findWebhook(s, i, j); ok {
			return sp, true
		}
		if from, end, kind, ok := form.LengthPrefixed(w); ok {
			return Span{Start: i + from, End: i + end, Kind: kind}, true
		}
	}
	if !ok && sensitivity != names.Identifier {
		kind, ok = personalShape(w)
		if !ok && form.IsRandom(w) && !followsETag(s, i) {
			kind, ok = mark.Secret, true
		}
	}
	if !ok {
		return Span{}, false
	}
	for j < len(s) && s[j] == '=' && (j+1 == len(s) || s[j+1] == '=' || !wordByte[s[j+1]]) {
		j++ // padding of base64
	}
	return Span{Start: i, End: j, Kind: kind}, true
}

// followsETag reports whether the word at i is the value of an element or attribute called ETag,
// which looks random.
func followsETag(s string, i int) bool {
	const most = len(`etag="W/&quot;`)
	before := strings.ToLower(s[max(0, i-most):i])
	_, after, ok := strings.Cut(before, "etag")
	if !ok || after == "" || after[0] != '>' && strings.IndexByte(after, '=') < 0 {
		return false
	}
	after = strings.NewReplacer("&quot;", "", "&#34;", "", "w/", "").Replace(after)
	return strings.Trim(after, ` >="'`) == ""
}

// isHashOfMySQL reports whether a word after an asterisk is the hash of a password, as MySQL keeps
// it.
func isHashOfMySQL(w string) bool {
	c := form.Count(w)
	return len(w) == 40 && hexdigit.All(w) && c.Upper > 0 && c.Lower == 0
}

// isSeparator reports whether a byte of words does not belong to them at their ends.
func isSeparator(c byte) bool { return c == '-' || c == '.' || c == '+' || c == '~' || c == '$' }

// personalShape returns the kind of a word that is a card number or national id.
func personalShape(w string) (string, bool) {
	if ascii.IsDigit(w[0]) {
		var buf [19]byte
		if d, ok := form.Digits(w, &buf); ok && form.IsCard(d) {
			return mark.Card, true
		}
	}
	if form.IsNationalID(w) {
		return mark.ID, true
	}
	return "", false
}
