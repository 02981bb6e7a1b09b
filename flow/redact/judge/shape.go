package judge

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/internal/ascii"
)

// Kind returns the kind of a word that is personal by its shape alone, or "".
func Kind(w string) string {
	switch {
	case len(w) < 9:
		return ""
	case ascii.IsDigit(w[0]) && IsCard(w):
		return mark.Card
	case IsNationalID(w):
		return mark.ID
	}
	return ""
}

// IsRandomBase64 recognizes random base64 whose slashes would split it into several words.
func IsRandomBase64(s string) bool {
	const most = 1024
	if len(s) < 32 || len(s) > most || s[0] == '/' && !strings.ContainsAny(s, "+=") ||
		strings.IndexByte(s, '/') < 0 || strings.Count(s, "/")*10 > len(s) || IsEncodedFile(s) {
		return false
	}
	return strings.Trim(s, letters+"0123456789/+=") == "" && IsRandom(s)
}

// IsEncodedFile reports whether base64 is that of a file.
func IsEncodedFile(s string) bool { return hasPrefix(s, encodedFiles) }

var encodedFiles = rules.List("encoded-files")

func hasPrefix(s string, list []string) bool {
	return slices.ContainsFunc(list, func(p string) bool { return strings.HasPrefix(s, p) })
}

// DecodeBase64 decodes base64 in either alphabet, padded or not.
func DecodeBase64(s string) ([]byte, bool) {
	s = strings.TrimRight(s, "=")
	enc := base64.RawStdEncoding
	if strings.ContainsAny(s, "-_") {
		enc = base64.RawURLEncoding
	}
	data, err := enc.DecodeString(s)
	return data, err == nil
}

// IsDateLike reports whether v starts with a date as in 2026-11-20.
func IsDateLike(v string) bool {
	return len(v) >= 10 && len(v) <= 40 && Matches(v[:10], "0000-00-00") && (len(v) == 10 || v[10] == ' ' || v[10]|0x20 == 't')
}
