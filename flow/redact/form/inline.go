package form

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spectap/spectap/internal/ascii"
)

// What a PEM block begins with, and the line at its end.
const (
	PEMBegin = "-----BEGIN "
	pemEnd   = "-----END "
)

// IsPrivatePEM reports whether s starts with the PEM block of a private key.
func IsPrivatePEM(s string) bool {
	rest, ok := strings.CutPrefix(s, PEMBegin)
	if !ok {
		return false
	}
	label, _, ok := strings.Cut(rest[:min(len(rest), 100)], "-----")
	return strings.Contains(label, "PRIVATE KEY") || strings.HasSuffix(label, "Static key V1") || !ok // of OpenVPN
}

// PEMBlock returns where the PEM block at i ends and whether it holds a private key.
func PEMBlock(s string, i int) (end int, private bool) {
	rest := s[i+len(PEMBegin):]
	private = IsPrivatePEM(s[i:])
	k := strings.Index(rest, pemEnd)
	if k < 0 {
		return len(s), private
	}
	end = i + len(PEMBegin) + k + len(pemEnd)
	if k = strings.Index(s[end:], "-----"); k >= 0 && k < 100 {
		end += k + 5
	}
	return end, private
}

// Email returns where the e-mail address is whose local part is s[i:j].
func Email(s string, i, j int) (start, end int, ok bool) {
	at := 1
	if s[j] == '%' {
		if at = 3; !strings.HasPrefix(s[j:], "%40") {
			return 0, 0, false
		}
	}
	for i < j && strings.IndexByte("-.+~$", s[i]) >= 0 {
		i++
	}
	if i == j || s[i:j] == "git" { // git@host:path is a common clone address
		return 0, 0, false
	}
	end = j + at
	dot := -1
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
		return 0, 0, false
	}
	switch top := s[dot+1 : end]; strings.ToLower(top) {
	case "png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js":
		if strings.IndexByte(s[j+at:dot], '.') < 0 || ascii.IsDigit(s[j+at]) {
			return 0, 0, false // icon@2x.png
		}
	default:
		for k := range len(top) {
			if ascii.IsDigit(top[k]) {
				return 0, 0, false
			}
		}
	}
	return i, end, true
}

// MayBeEncoded has the first bytes of what [IsEncodedFile] and [IsPublicKey] know.
var MayBeEncoded = func() (t [256]bool) {
	for _, c := range []byte("iRUJHPd9seA") {
		t[c] = true
	}
	return t
}()

// IsEncodedFile reports whether base64 of a file begins at s[i]: PNG, GIF, WebP, ZIP, PDF, gzip,
// SVG, WOFF or JPEG. Parts of it look random.
func IsEncodedFile(s string, i int) bool {
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
