package schema

import (
	"bytes"
	"net/netip"
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/internal/ascii"
)

// format is a set of formats that a text has, one bit each.
type format uint16

const (
	fmtDateTime format = 1 << iota // RFC 3339, or the same without a time zone, which many vendors call date-time
	fmtDate
	fmtUUID
	fmtEmail
	fmtURI
	fmtIPv4
	fmtIPv6
	fmtHostname
	fmtByte
	fmtDuration
	fmtInteger // from here on: used for values given as text, and for decimal strings
	fmtNumber
	fmtBoolean
	fmtToken     // short and shaped like an identifier
	formatsKnown // marks a computed set
	formatsEmpty // the set of the empty string, which has no format
	numFormats   = 14
)

// formatNames are the OpenAPI names of the first formats, in the order of their bits.
var formatNames = [...]string{"date-time", "date", "uuid", "email", "uri", "ipv4", "ipv6", "hostname", "byte",
	"duration"}

// Classes of characters, counted in one pass over a text.
const (
	charOther = iota // in no format: control characters, quotes, white space except ' ', non-ASCII
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
	charMark // other characters that occur in URIs
	numCharClasses
)

// charClass maps a character to its class.
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
	for c, class := range map[byte]uint8{'.': charDot, ':': charColon, '@': charAt, '-': charDash,
		'_': charDash, '/': charSlash,
		'+': charPlus, '=': charEqual, '%': charPercent, ' ': charSpace} {
		t[c] = class
	}
	for _, c := range "!$&'()*,;~?#[]" {
		t[c] = charMark
	}
	return t
}()

// formatCache is a direct-mapped cache from the hash of a text to its formats. A slot holds the
// upper bits of the hash and, in its lowest 16 bits, the formats.
type formatCache struct{ slots []uint64 }

// formatSlots is the size of a formatCache.
const formatSlots = 8192 // 64 KiB

// lookup returns the formats of a text with this hash.
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

// emailMark begins the placeholder of an e-mail address.
var emailMark = []byte(mark.Prefix + mark.Email)

// formatsOf returns the formats that a text has. A format counts only if a strict validator accepts
// it.
func formatsOf(s []byte) (f format) {
	n := len(s)
	if n == 0 || n > 4096 {
		return 0
	}
	if s[0] == '[' && bytes.HasPrefix(s, emailMark) && mark.Is(string(s)) {
		return fmtEmail // of a flow that was redacted before it was recorded
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
	if n == 36 && in[charDash] == 4 && ascii.IsUUID(s) {
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

// tokenFormat recognizes identifiers.
func tokenFormat(s []byte, letters int, in *[numCharClasses]int) format {
	if len(s) <= 48 && letters > in[charDigit] && in[charDigit] <= 4 &&
		in[charMark]+in[charAt]+in[charEqual]+in[charPercent] == 0 && isWordLike(s) {
		return fmtToken
	}
	return 0
}

// isWordLike reports whether a name consists of words, as opposed to keys, tokens and other random
// text. Words are divided by separators, capitals and digits. They must not be long nor, if there
// are many, short.
func isWordLike(s []byte) bool {
	words, letters, run, inner, parted := 0, 0, 0, 0, false
	last := uint8(charOther)
	for i, c := range s {
		class := charClass[c]
		switch class {
		case charLower, charUpper:
			letters++
			if last != class && !(last == charUpper && run == 1) {
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

// addressFormat recognizes addresses, durations and booleans.
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

// isLowerPhrase reports whether a text is a few lower-case words, as in some names of states ("no
// data"). Names of people and sentences begin with a capital.
func isLowerPhrase(s []byte) bool {
	for i, c := range s {
		if !(c >= 'a' && c <= 'z') && !(c == ' ' && i > 0 && i < len(s)-1 && s[i-1] != ' ') {
			return false
		}
	}
	return len(s) <= 32
}

// isLetter reports whether c is an ASCII letter.
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// isEmail reports whether a text has the form of an e-mail address with a dot in its domain.
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

// isIP reports whether a text is an IPv4 or IPv6 address without a zone.
func isIP(s []byte) bool {
	a, err := netip.ParseAddr(string(s))
	return err == nil && a.Zone() == ""
}

// isHostname reports whether a text is a host name with labels of letters, digits and dashes.
// Labels in Punycode are none: whether one is valid is not known here.
func isHostname(s []byte) bool {
	if bytes.Contains(bytes.ToLower(s), []byte("xn--")) {
		return false
	}
	label := 0
	for i, c := range s {
		switch {
		case isLetter(c) || c >= '0' && c <= '9', c == '-' && label > 0 && i < len(s)-1 && s[i+1] != '.':
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

// isDuration reports whether a text is a duration of RFC 3339, appendix A, such as P1DT2H or P3W,
// which is what validators take: weeks stand alone, other units in their order.
func isDuration(s []byte) bool {
	if hasUnits(s[1:], "W", false) {
		return true
	}
	date, time, hasTime := bytes.Cut(s[1:], []byte("T"))
	return hasUnits(date, "YMD", hasTime) && (!hasTime || hasUnits(time, "HMS", false))
}

// hasUnits reports whether a text consists of numbers, each with another of the units, in their
// order.
func hasUnits(s []byte, units string, mayBeEmpty bool) bool {
	if len(s) == 0 {
		return mayBeEmpty
	}
	hasNumber := false
	for _, c := range s {
		if c >= '0' && c <= '9' {
			hasNumber = true
			continue
		}
		at := strings.IndexByte(units, c)
		if at < 0 || !hasNumber {
			return false
		}
		units, hasNumber = units[at+1:], false
	}
	return !hasNumber
}

// isURI reports whether a text is an absolute URI with an authority (RFC 3986). Templates and texts
// with spaces are not.
func isURI(s []byte, in *[numCharClasses]int) bool {
	i := 0
	for i < len(s) && i < 20 && (isLetter(s[i]) ||
		i > 0 && (s[i] >= '0' && s[i] <= '9' || s[i] == '+' || s[i] == '.' || s[i] == '-')) {
		i++
	}
	if i == 0 || i+3 >= len(s) || s[i] != ':' || s[i+1] != '/' || s[i+2] != '/' {
		return false
	}
	if in[charColon] > 1 || in[charPercent] > 0 || in[charAt] > 0 || bytes.ContainsAny(s[i+3:], "[]!$&'()*,;~") {
		_, err := url.Parse(string(s)) // ports, user names, escapes: rare enough for the slow path
		return err == nil
	}
	return true
}

// base64Format recognizes padded standard base64 of at least 16 characters. It needs upper-case,
// lower-case and other characters, so that words do not match.
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
