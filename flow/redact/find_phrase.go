package redact

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// phraseLens has, by the first letter of a word, a bit for each length that a word of mayNamePhrase
// or mayEndStatement has.
var phraseLens = func() (t [256]uint16) {
	for _, w := range []string{"bearer", "code", "otp", "pin", "token", "secret", "password", "passwd", "passcode",
		"passphrase", "by", "for"} {
		t[w[0]] |= 1 << len(w)
		t[w[0]&^0x20] |= 1 << len(w)
	}
	return t
}()

// mayNamePhrase is a quick check whether a word before a blank may name the word after it.
func mayNamePhrase(w string) bool {
	if len(w) < 3 || len(w) > 10 {
		return false
	}
	var low [10]byte
	for i := range len(w) {
		low[i] = w[i] | 0x20 // exact enough: the words below consist of letters only
	}
	switch string(low[:len(w)]) {
	case "bearer", "code", "otp", "pin", "token", "secret", "password", "passwd", "passcode", "passphrase":
		return true
	}
	return false
}

// findPhrase finds values with only a blank between them and their names: "Bearer abc123",
// "password abc123" as in .netrc, "your verification code is 482913", and the options of commands.
// The name is s[i:j].
func findPhrase(s string, i, j int) (span, bool) {
	word := s[i:j]
	if strings.HasPrefix(word, "-") {
		return findOption(s, i, j)
	}
	if !mayNamePhrase(word) {
		return span{}, false
	}
	from, least, said := j+1, 6, false
	for _, verb := range [...]string{"is: ", "is ", "= ", ": "} {
		if strings.HasPrefix(s[from:], verb) {
			from, least, said = from+len(verb), 4, true
			break
		}
	}
	end := wordEnd(s, from)
	low := strings.ToLower(word)
	if said && end > from && form.Count(s[from:end]).Digit == end-from && strings.HasPrefix(s[end:], " ") {
		// The code may be written in two groups.
		next := wordEnd(s, end+1)
		group := strings.TrimRight(s[end+1:next], ".")
		if len(group) > 1 && ascii.AllDigits(group) && (low != "code" || names.IsOneTimeCode(s[from:end+1+len(group)])) {
			end = next
		}
	}
	value := strings.TrimRight(s[from:end], ".")
	if len(value) < least {
		return span{}, false
	}
	c := form.Count(value)
	switch {
	case c.Digit == 0:
		return span{}, false
	case low == "code":
		if !said || names.SensitivityOf(lastWord(s, i)+"_code") != names.Secret || !names.IsOneTimeCode(value) {
			return span{}, false
		}
	case !said && (c.Upper+c.Lower == 0 || low == "pin" || low == "otp" || low == "secret"):
		return span{}, false
	}
	return span{start: from, end: from + len(value)}, PlaceholderLen(value) == 0
}

// wordEnd returns the end of a word that is a value.
func wordEnd(s string, k int) int {
	for k < len(s) && (wordByte[s[k]] || strings.IndexByte("/=!#%^*@?", s[k]) >= 0) {
		k++
	}
	return k
}

// lastWord returns the word that ends directly before the blank before i.
func lastWord(s string, i int) string {
	if i < 2 || s[i-1] != ' ' {
		return ""
	}
	from := i - 1
	for from > 0 && i-from < 32 && (ascii.IsLower(s[from-1]) || ascii.IsUpper(s[from-1]) || s[from-1] == '-') {
		from--
	}
	return s[from : i-1]
}

// findOption finds the value of a command's option: --password abc, and curl -u user:abc.
func findOption(s string, i, j int) (span, bool) {
	name := strings.TrimLeft(s[i:j], "-")
	from := skipQuote(s, j+1)
	end := from
	for end < len(s) && strings.IndexByte(" \t\r\n\"'`;|<>\\", s[end]) < 0 {
		end++
	}
	value := s[from:end]
	switch {
	case value == "" || value[0] == '-' || value[0] == '$' || PlaceholderLen(value) > 0:
		return span{}, false
	case s[i:j] == "-u" || name == "user" || name == "proxy-user":
		at := strings.IndexByte(value, ':')
		if at <= 0 || at+1 == len(value) || isPlaceholders(value[at+1:]) ||
			!strings.Contains(s[max(0, i-1000):i], "curl") {
			return span{}, false
		}
		return span{start: from + at + 1, end: end}, true
	case strings.HasPrefix(s[i:j], "--") && names.SensitivityOf(name) == names.Secret:
		return span{start: from, end: end}, !isHarmlessSecret(value)
	}
	return span{}, false
}
