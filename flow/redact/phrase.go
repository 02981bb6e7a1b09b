package redact

import "strings"

// isPhrase is a quick test of a word before a blank: it may name the word after it.
func isPhrase(w string) bool {
	switch len(w) {
	case 3, 4, 5, 6, 8, 10:
	default:
		return false
	}
	switch w[0] | 0x20 {
	case 'b', 'c', 'o', 'p', 's', 't':
	default:
		return false
	}
	switch strings.ToLower(w) {
	case "bearer", "code", "otp", "pin", "token", "secret", "password", "passwd", "passcode", "passphrase":
		return true
	}
	return false
}

// phrase finds values with nothing but a blank between them and their names: "Bearer abc123", "password abc123" as
// .netrc has it, "your verification code is 482913", and the options of commands. The name is s[i:j].
func phrase(s string, i, j int) (span, bool) {
	word := s[i:j]
	if strings.HasPrefix(word, "-") {
		return option(s, i, j)
	}
	if !isPhrase(word) {
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
	if said && end > from && countClasses(s[from:end]).digit == end-from && strings.HasPrefix(s[end:], " ") {
		// In two groups.
		if next := wordEnd(s, end+1); next > end+2 && countClasses(s[end+1:next]).digit >= next-end-2 {
			end = next
		}
	}
	value := strings.TrimRight(s[from:end], ".")
	if len(value) < least {
		return span{}, false
	}
	c := countClasses(value)
	switch low := strings.ToLower(word); {
	case c.digit == 0:
		return span{}, false
	case low == "code":
		if !said || ClassOf(lastWord(s, i)+"_code") != Secret || !isOneTimeCode(value) {
			return span{}, false
		}
	case !said && (c.upper+c.lower == 0 || low == "pin" || low == "otp" || low == "secret"):
		return span{}, false
	}
	return span{start: from, end: from + len(value)}, markLen(value) == 0
}

// wordEnd returns where a word ends that is a value.
func wordEnd(s string, k int) int {
	for k < len(s) && (wordByte[s[k]] || strings.IndexByte("/=!#%^*@?", s[k]) >= 0) {
		k++
	}
	return k
}

// lastWord is the word that ends right before the blank before i.
func lastWord(s string, i int) string {
	if i < 2 || s[i-1] != ' ' {
		return ""
	}
	from := i - 1
	for from > 0 && i-from < 32 && (isLower(s[from-1]) || isUpper(s[from-1]) || s[from-1] == '-') {
		from--
	}
	return s[from : i-1]
}

// option finds the value of a command's option: --password abc, and curl -u user:abc.
func option(s string, i, j int) (span, bool) {
	name := strings.TrimLeft(s[i:j], "-")
	from := skipQuote(s, j+1)
	end := from
	for end < len(s) && strings.IndexByte(" \t\r\n\"'`;|<>\\", s[end]) < 0 {
		end++
	}
	value := s[from:end]
	switch {
	case value == "" || value[0] == '-' || value[0] == '$' || markLen(value) > 0:
		return span{}, false
	case s[i:j] == "-u" || name == "user" || name == "proxy-user":
		at := strings.IndexByte(value, ':')
		if at <= 0 || at+1 == len(value) || isMarks(value[at+1:]) || !strings.Contains(s[max(0, i-1000):i], "curl") {
			return span{}, false
		}
		return span{start: from + at + 1, end: end}, true
	case strings.HasPrefix(s[i:j], "--") && ClassOf(name) == Secret:
		return span{start: from, end: end}, !isHarmless(value)
	}
	return span{}, false
}
