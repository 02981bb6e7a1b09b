package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// findGrouped finds card and account numbers in groups with blanks between them.
func findGrouped(s string, i, j int) (span, bool) {
	if j-i < 3 || j-i > 6 || j+3 >= len(s) || s[j] != ' ' || !wordByte[s[j+1]] || !isDigit(s[i]) && !isDigit(s[j-1]) {
		return span{}, false
	}
	best := span{}
	end := j
	for n := 0; n < 9 && end+1 < len(s) && s[end] == ' ' && (isDigit(s[end+1]) || isUpper(s[end+1])); n++ {
		end++
		for end < len(s) && (isDigit(s[end]) || isUpper(s[end])) {
			end++
		}
		w := s[i:end]
		if end < len(s) && wordByte[s[end]] && s[end] != '.' {
			break
		}
		var buf [19]byte
		if d, ok := digitsOf(w, &buf); ok && isCard(d) {
			best = span{start: i, end: end, kind: kindCard}
		} else if isIBAN(w) {
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
		} else if !isLower(c|0x20) && !isDigit(c) && c != '-' {
			break
		}
		end++
	}
	if dot == end-1 { // end of a sentence
		end--
		dot = strings.LastIndexByte(s[j+at:end], '.')
		if dot >= 0 {
			dot += j + at
		}
	}
	if dot <= j+at || end-dot < 3 {
		return span{}, false
	}
	switch top := s[dot+1 : end]; strings.ToLower(top) {
	case "png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js":
		return span{}, false // icon@2x.png
	default:
		for k := range len(top) {
			if isDigit(top[k]) {
				return span{}, false
			}
		}
	}
	return span{start: i, end: end, kind: kindEmail}, true
}

// base64End returns the end of the base64 text that extends beyond j.
func base64End(s string, j int) int {
	for j < len(s) && (isDigit(s[j]) || isLower(s[j]) || isUpper(s[j]) || s[j] == '/' || s[j] == '+' || s[j] == '=') {
		j++
	}
	return j
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
	return span{start: k, end: at}, true
}
