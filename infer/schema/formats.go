package schema

import (
	"net/netip"
	"net/url"
	"strings"
)

// format is a bit for each shape that a text may have.
type format uint16

const (
	fmtDateTime format = 1 << iota // RFC 3339, or the same without zone as many vendors call date-time
	fmtDate
	fmtUUID
	fmtEmail
	fmtURI
	fmtIPv4
	fmtIPv6
	fmtHostname
	fmtByte
	fmtDuration
	fmtInteger // the next three matter where values are given as text, and tell of decimal strings
	fmtNumber
	fmtBoolean
	fmtToken   // short and shaped like a name in code
	numFormats = 14
)

// formatNames are OpenAPI's names of the first formats, in the order of their bits.
var formatNames = [...]string{"date-time", "date", "uuid", "email", "uri", "ipv4", "ipv6", "hostname", "byte", "duration"}

// formatsOf tells which shapes a text has. Only what a strict validator takes counts.
func formatsOf(s []byte) format {
	n := len(s)
	if n == 0 || n > 4096 {
		return 0
	}
	f := base64Of(s)
	if n > 2048 {
		return f
	}
	c := s[0]
	digit := c >= '0' && c <= '9'
	if digit || c == '-' || c == '+' {
		f |= numberOf(s)
	}
	if digit {
		f |= dateOf(s)
	}
	if n == 36 && isUUID(s) {
		f |= fmtUUID
	}
	if n <= 253 {
		f |= shortOf(s, digit)
	}
	if letter(c) && isURI(s) {
		f |= fmtURI
	}
	return f
}

// shortOf knows the shapes that need one look at the kinds of characters in a text.
func shortOf(s []byte, digit bool) (f format) {
	var dots, colons, ats, digits, letters, others, odd int
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case letter(c):
			letters++
		case c == '.':
			dots++
		case c == ':':
			colons++
		case c == '@':
			ats++
		case c == '-' || c == '_' || c == '/' || c == '+':
			others++
		default:
			odd++
		}
	}
	if ats == 1 && isEmail(s) {
		f |= fmtEmail
	}
	switch {
	case odd > 0 && odd <= 3 && letters+odd == len(s) && isPhraseText(s):
		return f | fmtToken
	case odd > 0 || ats > 0:
		return f
	case digit && dots == 3 && letters+colons+others == 0 && isIP(s):
		return f | fmtIPv4
	case colons >= 2 && isIP(s):
		f |= fmtIPv6
	case s[0] == 'P' && isDuration(s):
		f |= fmtDuration
	case dots > 0 && colons == 0 && letters > 0 && isHostname(s):
		f |= fmtHostname
	}
	if len(s) <= 48 && letters > digits && digits <= 6 {
		f |= fmtToken
	}
	if n := len(s); (n == 4 || n == 5) && (string(s) == "true" || string(s) == "false") {
		f |= fmtBoolean
	}
	return f
}

// isPhraseText knows a few lower-case words, as some APIs name states ("no data"). People's names and
// sentences begin with a capital.
func isPhraseText(s []byte) bool {
	for i, c := range s {
		if !(c >= 'a' && c <= 'z') && !(c == ' ' && i > 0 && i < len(s)-1 && s[i-1] != ' ') {
			return false
		}
	}
	return len(s) <= 32
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

// numberOf knows JSON's numbers, and integers within 64 bits.
func numberOf(s []byte) format {
	i := 0
	if s[0] == '-' {
		i++
	}
	start := i
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i == start || s[start] == '0' && i > start+1 {
		return 0
	}
	if i == len(s) {
		if i-start > 18 {
			return fmtNumber
		}
		return fmtInteger | fmtNumber
	}
	if s[i] == '.' {
		dot := i
		for i++; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		}
		if i == dot+1 {
			return 0
		}
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		exp := i
		for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		}
		if i == exp {
			return 0
		}
	}
	if i == len(s) {
		return fmtNumber
	}
	return 0
}

// dateOf knows full dates and date-times of RFC 3339, the latter with or without zone.
func dateOf(s []byte) format {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' {
		return 0
	}
	y, m, d := digits(s[:4]), digits(s[5:7]), digits(s[8:10])
	if y < 0 || m < 1 || m > 12 || d < 1 || d > daysIn(y, m) {
		return 0
	}
	if len(s) == 10 {
		return fmtDate
	}
	if len(s) < 19 || s[10] != 'T' || s[13] != ':' || s[16] != ':' {
		return 0
	}
	h, min, sec := digits(s[11:13]), digits(s[14:16]), digits(s[17:19])
	if h < 0 || h > 23 || min < 0 || min > 59 || sec < 0 || sec > 59 {
		return 0
	}
	rest := s[19:]
	if len(rest) > 0 && rest[0] == '.' {
		i := 1
		for i < len(rest) && rest[i] >= '0' && rest[i] <= '9' {
			i++
		}
		if i == 1 {
			return 0
		}
		rest = rest[i:]
	}
	if len(rest) == 0 || len(rest) == 1 && rest[0] == 'Z' {
		return fmtDateTime
	}
	if len(rest) == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':' {
		if h, m := digits(rest[1:3]), digits(rest[4:6]); h >= 0 && h < 24 && m >= 0 && m < 60 {
			return fmtDateTime
		}
	}
	return 0
}

func digits(s []byte) int {
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

func isUUID(s []byte) bool {
	for i, c := range s {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if !isHex(c) {
			return false
		}
	}
	return true
}

func isEmail(s []byte) bool {
	at, dot := -1, -1
	for i, c := range s {
		switch {
		case c <= ' ' || c == '/' || c == ':' || c == ',' || c == ';' || c == '<' || c == '>' || c == 0x7f:
			return false
		case c == '@':
			at = i
		case c == '.' && at >= 0:
			dot = i
		}
	}
	return at > 0 && dot > at+1 && dot < len(s)-1
}

func isIP(s []byte) bool {
	a, err := netip.ParseAddr(string(s))
	return err == nil && a.Zone() == ""
}

func isHostname(s []byte) bool {
	label := 0
	for i, c := range s {
		switch {
		case letter(c) || c >= '0' && c <= '9':
			label++
		case c == '-' && label > 0 && i < len(s)-1 && s[i+1] != '.':
			label++
		case c == '.' && label > 0:
			label = 0
		default:
			return false
		}
		if label > 63 {
			return false
		}
	}
	return label > 0
}

// isDuration knows ISO 8601 durations such as P1DT2H.
func isDuration(s []byte) bool {
	num, units, time := false, 0, false
	for _, c := range s[1:] {
		switch {
		case c >= '0' && c <= '9':
			num = true
		case c == 'T' && !num && !time:
			time = true
		case num && strings.IndexByte("YMWDHS", c) >= 0:
			num, units = false, units+1
		default:
			return false
		}
	}
	return units > 0 && !num
}

// isURI knows absolute URIs with an authority; templates and spaces are none (RFC 3986).
func isURI(s []byte) bool {
	i := 0
	for i < len(s) && i < 20 && (letter(s[i]) || s[i] >= '0' && s[i] <= '9' || s[i] == '+' || s[i] == '.' || s[i] == '-') {
		i++
	}
	if i == 0 || i+3 >= len(s) || s[i] != ':' || s[i+1] != '/' || s[i+2] != '/' {
		return false
	}
	odd := false
	path := false
	for j := i + 3; j < len(s); j++ {
		switch c := s[j]; {
		case c <= ' ' || c >= 0x7f || strings.IndexByte("{}<>\"\\^`|", c) >= 0:
			return false
		case c == '/' || c == '?' || c == '#':
			path = true
		case !path && !(letter(c) || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_'), c == '%':
			odd = true
		}
	}
	if odd { // ports, user names, escapes: rare enough for the slow way
		_, err := url.Parse(string(s))
		return err == nil
	}
	return true
}

// base64Of knows padded standard base64 of at least 16 bytes that is no word: it needs a sign of each class.
func base64Of(s []byte) format {
	n := len(s)
	if n < 16 || n%4 != 0 {
		return 0
	}
	var upper, lower, digit, odd bool
	pad := 0
	for _, c := range s {
		switch {
		case c == '=':
			pad++
			continue
		case c >= 'a' && c <= 'z':
			lower = true
		case c >= 'A' && c <= 'Z':
			upper = true
		case c >= '0' && c <= '9':
			digit = true
		case c == '+' || c == '/':
			odd = true
		default:
			return 0
		}
		if pad > 0 {
			return 0
		}
	}
	if pad > 2 || !upper || !lower || !(digit || odd || pad > 0) {
		return 0
	}
	return fmtByte
}
