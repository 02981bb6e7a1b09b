package schema

import (
	"bytes"
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
	fmtToken     // short and shaped like a name in code
	formatsKnown // marks a set of the above as worked out
	formatsEmpty // is that of no text, which has none of the above
	numFormats   = 14
)

// formatNames are OpenAPI's names of the first formats, in the order of their bits.
var formatNames = [...]string{"date-time", "date", "uuid", "email", "uri", "ipv4", "ipv6", "hostname", "byte", "duration"}

// Classes of characters, counted in one pass over a text.
const (
	charOther = iota // in no format: controls, spaces but ' ', quotes, beyond ASCII
	charDigit
	charLower
	charUpper
	charDot
	charColon
	charAt
	charDash // - and _
	charSlash
	charPlus
	charEqual
	charPercent
	charSpace
	charMark // other characters that URIs may have
	numCharClasses
)

// classOf maps characters to classes.
var charClass = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c >= '0' && c <= '9':
			t[c] = charDigit
		case c >= 'a' && c <= 'z':
			t[c] = charLower
		case c >= 'A' && c <= 'Z':
			t[c] = charUpper
		}
	}
	for c, class := range map[byte]uint8{'.': charDot, ':': charColon, '@': charAt, '-': charDash, '_': charDash, '/': charSlash,
		'+': charPlus, '=': charEqual, '%': charPercent, ' ': charSpace} {
		t[c] = class
	}
	for _, c := range "!$&'()*,;~?#[]" {
		t[c] = charMark
	}
	return t
}()

// shapes remembers the formats of texts that were seen lately, by hash: above its lowest bits, which hold them.
type formatCache struct{ slots []uint64 }

const formatSlots = 8192 // 64 KiB

// of tells which shapes a text of this hash has.
func (k *formatCache) lookup(s []byte, hash uint64) format {
	if k == nil {
		return formatsOf(s)
	}
	if k.slots == nil {
		k.slots = make([]uint64, formatSlots)
	}
	const low = 1<<16 - 1
	slot := &k.slots[hash%formatSlots]
	if *slot == 0 || *slot&^low != hash&^low {
		*slot = hash&^low | uint64(formatsOf(s)|formatsKnown)
	}
	return format(*slot&low) &^ formatsKnown
}

// formatsOf tells which shapes a text has. Only what a strict validator takes counts.
func formatsOf(s []byte) (f format) {
	n := len(s)
	if n == 0 || n > 4096 {
		return 0
	}
	var in [numCharClasses]int
	for _, c := range s {
		in[charClass[c]]++
	}
	if in[charOther] > 0 {
		return 0
	}
	letters := in[charLower] + in[charUpper]
	if in[charSpace] > 0 {
		if in[charLower]+in[charSpace] == n && in[charSpace] <= 3 && isLowerPhrase(s) {
			return fmtToken
		}
		return 0
	}
	c := s[0]
	first := charClass[c]
	if first == charDigit || first == charDash {
		if in[charDigit]+in[charDot]+in[charDash]+in[charPlus]+letters == n {
			f |= numberFormats(s)
		}
		if in[charDigit] >= 8 {
			f |= dateFormat(s)
		}
	}
	if n == 36 && in[charDash] == 4 && isUUID(s) {
		f |= fmtUUID
	}
	if in[charColon] > 0 && in[charSlash] >= 2 && letters > 0 {
		if isURI(s, &in) {
			f |= fmtURI
		}
		return f | tokenFormat(s, letters, &in)
	}
	if n <= 253 {
		f |= addressFormat(s, letters, &in)
	}
	if in[charEqual]+letters+in[charDigit]+in[charPlus]+in[charSlash] == n && n >= 16 && n%4 == 0 {
		f |= base64Format(s, &in)
	}
	return f | tokenFormat(s, letters, &in)
}

// tokenOf knows names as code has them.
func tokenFormat(s []byte, letters int, in *[numCharClasses]int) format {
	if len(s) <= 48 && letters > in[charDigit] && in[charDigit] <= 4 && in[charMark]+in[charAt]+in[charEqual]+in[charPercent] == 0 && isWordLike(s) {
		return fmtToken
	}
	return 0
}

// wordLike tells names made of words from keys, tokens and other secrets made of chance: its words, as _ - .
// capitals and digits part them, are neither long nor, where there are many, short.
func isWordLike(s []byte) bool {
	words, letters, run, inner, parted := 0, 0, 0, 0, false
	last := uint8(charOther)
	for i, c := range s {
		class := charClass[c]
		switch class {
		case charLower, charUpper:
			letters++
			if last != class && !(last == charUpper && class == charLower && run == 1) {
				words++
				run = 0
			}
			if last == charDigit && i > 1 && charClass[s[0]] != charDigit {
				inner++
			}
			if run++; run > 18 {
				return false
			}
		case charDigit:
		default:
			parted = true
		}
		last = class
	}
	if inner > 1 || inner == 1 && !parted && len(s) >= 16 {
		return false
	}
	return words < 4 || float64(letters) >= 2.5*float64(words)
}

// shortOf knows addresses, durations and booleans.
func addressFormat(s []byte, letters int, in *[numCharClasses]int) format {
	n := len(s)
	switch {
	case in[charAt] == 1 && in[charDot] > 0:
		if isEmail(s) {
			return fmtEmail
		}
	case in[charDot] == 3 && in[charDigit]+3 == n:
		if isIP(s) {
			return fmtIPv4
		}
	case in[charColon] >= 2:
		if in[charMark]+in[charSlash] == 0 && isIP(s) {
			return fmtIPv6
		}
	case in[charDot] > 0 && letters > 0:
		if letters+in[charDigit]+in[charDot]+in[charDash] == n && isHostname(s) {
			return fmtHostname
		}
	case s[0] == 'P' && in[charDigit] > 0:
		if isDuration(s) {
			return fmtDuration
		}
	case n == 4 && string(s) == "true", n == 5 && string(s) == "false":
		return fmtBoolean
	}
	return 0
}

// isPhraseText knows a few lower-case words, as some APIs name states ("no data"). People's names and
// sentences begin with a capital.
func isLowerPhrase(s []byte) bool {
	for i, c := range s {
		if !(c >= 'a' && c <= 'z') && !(c == ' ' && i > 0 && i < len(s)-1 && s[i-1] != ' ') {
			return false
		}
	}
	return len(s) <= 32
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

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
		case isLetter(c) || c >= '0' && c <= '9':
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
func isURI(s []byte, in *[numCharClasses]int) bool {
	i := 0
	for i < len(s) && i < 20 && (isLetter(s[i]) || i > 0 && (s[i] >= '0' && s[i] <= '9' || s[i] == '+' || s[i] == '.' || s[i] == '-')) {
		i++
	}
	if i == 0 || i+3 >= len(s) || s[i] != ':' || s[i+1] != '/' || s[i+2] != '/' {
		return false
	}
	if in[charColon] > 1 || in[charPercent] > 0 || in[charAt] > 0 || bytes.ContainsAny(s[i+3:], "[]!$&'()*,;~") {
		_, err := url.Parse(string(s)) // ports, user names, escapes: rare enough for the slow way
		return err == nil
	}
	return true
}

// base64Of knows padded standard base64 of at least 16 bytes that is no word: it needs a sign of each class.
func base64Format(s []byte, in *[numCharClasses]int) format {
	pad := in[charEqual]
	if pad > 2 || in[charUpper] == 0 || in[charLower] == 0 || in[charDigit]+in[charPlus]+in[charSlash]+pad == 0 {
		return 0
	}
	for i := len(s) - pad; i < len(s); i++ {
		if s[i] != '=' {
			return 0
		}
	}
	return fmtByte
}
