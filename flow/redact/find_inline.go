package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// findGrouped finds card and account numbers in groups with blanks between them.
func findGrouped(s string, i, j int) (span, bool) {
	if j-i < 3 || j-i > 6 || j+3 >= len(s) || s[j] != ' ' || !wordByte[s[j+1]] || !ascii.IsDigit(s[i]) && !ascii.IsDigit(s[j-1]) {
		return span{}, false
	}
	best := span{}
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
			best = span{start: i, end: end, kind: kindCard}
		} else if form.IsIBAN(w) {
			best = span{start: i, end: end, kind: kindID}
		}
	}
	return best, best.end > 0
}

const (
	pemBegin = "-----BEGIN "
	pemEnd   = "-----END "
)

// pemBlock returns where the PEM block at i ends and whether it holds a private key.
func pemBlock(s string, i int) (end int, private bool) {
	rest := s[i+len(pemBegin):]
	label, _, ok := strings.Cut(rest[:min(len(rest), 100)], "-----")
	private = strings.Contains(label, "PRIVATE KEY") || !ok
	k := strings.Index(rest, pemEnd)
	if k < 0 {
		return len(s), private
	}
	end = i + len(pemBegin) + k + len(pemEnd)
	if k = strings.Index(s[end:], "-----"); k >= 0 && k < 100 {
		end += k + 5
	}
	return end, private
}

// findEmail finds an address whose local part is s[i:j].
func findEmail(s string, i, j int) (span, bool) {
	at := 1
	if s[j] == '%' {
		if at = 3; !strings.HasPrefix(s[j:], "%40") {
			return span{}, false
		}
	}
	for i < j && isSeparator(s[i]) {
		i++
	}
	if i == j || s[i:j] == "git" { // git@host:path is a common clone address
		return span{}, false
	}
	end, dot := j+at, -1
	for end < len(s) {
		if c := s[end]; c == '.' {
			dot = end
		} else if c >= 0x80 {
			c, n := utf8.DecodeRuneInString(s[end:])
			if !unicode.IsLetter(c) {
				break
			}
			end += n - 1
		} else if !ascii.IsLower(c|0x20) && !ascii.IsDigit(c) && c != '-' {
			break
		}
		end++
	}
	if dot == end-1 { // end of a sentence
		end--
		dot = j + at + strings.LastIndexByte(s[j+at:end], '.')
	}
	if dot <= j+at || end-dot < 3 {
		return span{}, false
	}
	switch top := s[dot+1 : end]; strings.ToLower(top) {
	case "png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js":
		if strings.IndexByte(s[j+at:dot], '.') < 0 || ascii.IsDigit(s[j+at]) {
			return span{}, false // icon@2x.png
		}
	default:
		for k := range len(top) {
			if ascii.IsDigit(top[k]) {
				return span{}, false
			}
		}
	}
	return span{start: i, end: end, kind: kindEmail}, true
}

// isEncodedFile reports whether base64 of a file begins at s[i]: PNG, GIF, WebP, ZIP, PDF, gzip,
// SVG, WOFF or JPEG. Parts of it look random.
func isEncodedFile(s string, i int) bool {
	s, before := s[i:], s[max(0, i-1):i]
	switch s[0] {
	case 'i':
		return strings.HasPrefix(s, "iVBORw0KGgo")
	case 'R':
		return strings.HasPrefix(s, "R0lGOD")
	case 'U':
		return strings.HasPrefix(s, "UklGR") || strings.HasPrefix(s, "UEsDBBQ")
	case 'J':
		return strings.HasPrefix(s, "JVBERi0")
	case 'H':
		return strings.HasPrefix(s, "H4sIAAAA")
	case 'P':
		return strings.HasPrefix(s, "PHN2Zy")
	case 'd':
		return strings.HasPrefix(s, "d09GM") || strings.HasPrefix(s, "d09GR")
	case '9': // after a slash
		return before == "/" && strings.HasPrefix(s, "9j/4")
	}
	return false
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
func findPathSecret(s string, i, j int) (span, bool) {
	end := j + 1
	for end < len(s) && (wordByte[s[end]] || s[end] == '%' || s[end] == ':') {
		end++
	}
	segment := strings.TrimRight(s[j+1:end], ".:")
	if len(segment) < 4 || names.OfNextSegment(s[i:j]) != names.Secret || names.IsPathLiteral(s[i:j], unescape(segment)) {
		return span{}, false
	}
	return span{start: j + 1, end: j + 1 + len(segment)}, true
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
func findRandomBase64(s string, i, j int) (span, bool) {
	if i > 0 && (s[i-1] == '/' || s[i-1] == '%') {
		return span{}, false // not the first word
	}
	end := j
	for end < len(s) && end-i <= maxBase64Len && base64Byte[s[end]] {
		end++
	}
	if end-i < form.MinRandomLen {
		return span{}, false
	}
	for end < len(s) && s[end] == '=' {
		end++
	}
	if end < len(s) && wordByte[s[end]] && s[end] != '.' || !isRandomBase64(s[i:end]) {
		return span{}, false
	}
	return span{start: i, end: end, kind: kindSecret}, true
}

// findDatabasePassword finds the password in a data source name such as user:password@tcp(host)/db.
// The password ends with the word s[i:j].
func findDatabasePassword(s string, i, j int) (span, bool) {
	if !strings.HasPrefix(s[j:], "@tcp(") && !strings.HasPrefix(s[j:], "@unix(") && !strings.HasPrefix(s[j:], "%40tcp(") {
		return span{}, false
	}
	low := max(0, i-names.MaxLen)
	from := low + strings.LastIndexAny(s[low:i], " \t\r\n\"'`<>=,(") + 1
	colon := strings.IndexByte(s[from:j], ':')
	if colon < 0 || isPlaceholders(s[from+colon+1:j]) {
		return span{}, false
	}
	return span{start: from + colon + 1, end: j}, true
}

// findUserinfo finds the user and password of the URL whose authority starts at k.
func findUserinfo(s string, k int) (span, bool) {
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
	if at <= k || IsPlaceholder(s[k:at]) || s[k:at] == "git" {
		return span{}, false
	}
	if user, password, ok := strings.Cut(s[k:at], ":"); ok && password != "" && isUserName(user) {
		return span{start: k + len(user) + 1, end: at}, !isHarmlessSecret(password)
	}
	return span{start: k, end: at}, true
}
