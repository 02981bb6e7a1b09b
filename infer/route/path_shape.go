package route

import (
	"strings"

	"github.com/spectap/spectap/internal/ascii"
)

// shape is the class of a segment by its characters.
type shape uint8

// The shapes. Those from shapeInt on are strong: a segment of such a shape is nearly always a
// value.
const (
	shapeWord     shape = iota // letters, or a compound of lower-case words
	shapeMixed                 // letters of both cases
	shapeDigits                // a name with a digit
	shapeOdd                   // other characters
	shapeVersion               // v1, v2beta1, v1.0
	shapeOverflow              // the segments evicted from a full node
	shapeInt
	shapeUUID
	shapeDate
	shapeIP
	shapeEmail
	shapeDotted // 1.2.3, 555-1234, 007
	shapeHex
	shapePrefixed // cus_Nx8f2
	shapeToken
	shapeSlash // contains an encoded slash
	shapeRange // a...b
	shapes
)

func (s shape) isStrong() bool { return s >= shapeInt }

var shapeNames = [shapes]string{"word", "mixed-case word", "name with a digit", "odd characters", "version",
	"many names", "integer", "uuid", "date", "ip address", "email", "code of digits", "hex", "prefixed id", "token",
	"encoded slash", "range"}

func (s shape) String() string { return shapeNames[s] }

// longestWord is the longest run of letters that is still a name, as of several words written
// together.
const longestWord = 40

// shapeOf classifies a decoded segment.
func shapeOf(s string) shape {
	var lower, upper, digit, dash, dot, other, run, longest, changes, best int
	for i, last := 0, byte(0); i < len(s); i++ {
		c, kind := s[i], byte(0)
		switch {
		case c >= 'a' && c <= 'z':
			lower++
			kind = 'a'
		case c >= 'A' && c <= 'Z':
			upper++
			kind = 'A'
		case c >= '0' && c <= '9':
			digit++
			kind = '0'
		case c == '-' || c == '_':
			dash++
		case c == '.':
			dot++
		default:
			other++
		}
		if kind == 0 {
			run, changes = 0, 0
		} else {
			run++
			// A capital before a lower-case letter begins a word: no change of class.
			if last != 0 && kind != last && run > 1 && !(last == 'A' && kind == 'a') {
				changes++
			}
			if run >= 10 && changes > best {
				best = changes
			}
			longest = max(longest, run)
		}
		last = kind
	}
	switch {
	case s == "":
		return shapeOdd
	case strings.IndexByte(s, '/') >= 0:
		return shapeSlash
	case digit > 0:
		if sh := shapeWithDigit(s, lower, upper, digit, dash, dot, other, longest, best); sh != shapeWord {
			return sh
		}
	case longest > longestWord && upper == 0, (best >= 3 || longest > longestWord) && !isSpokenPhrase(s):
		return shapeToken
	}
	switch {
	case isEmail(s):
		return shapeEmail
	case digit > 0 && dot == 0 && other == 0:
		return shapeDigits
	case dot > 0 || other > 0:
		return shapeOdd
	case upper > 0 && (lower > 0 || dash > 0) || upper > 3:
		return shapeMixed
	}
	return shapeWord
}

// shapeWithDigit recognizes the shapes that need a digit. It returns shapeWord otherwise.
func shapeWithDigit(s string, lower, upper, digit, dash, dot, other, longest, best int) shape {
	letters := lower + upper
	switch {
	case digit == len(s) && digit > 1 && s[0] == '0': // a text: no number begins with 0
		return shapeDotted
	case digit == len(s), digit == len(s)-1 && (s[0] == '-' || s[0] == '+'):
		return shapeInt
	case isVersion(s):
		return shapeVersion
	case ascii.IsUUID(s):
		return shapeUUID
	case isDate(s):
		return shapeDate
	case isIP(s):
		return shapeIP
	case isEmail(s):
		return shapeEmail
	case letters == 0 && strings.IndexByte(".,;", s[0]) < 0 && (s[0] != '-' || other > 0 || dash == 1 && dot == 1) &&
		other == countListSeparators(s), isSemver(s):
		return shapeDotted
	case isHexID(s):
		return shapeHex
	case isPrefixed(s), isSerial(s, letters, digit):
		return shapePrefixed
	case best >= 3 || longestDigitRun(s) >= 8 || longest >= 16 && digit >= 4 || dash > 0 && isGroupedCode(s):
		return shapeToken
	}
	return shapeWord
}

// maxSerialLetters and minSerialDigits bound the two parts of a serial number.
const (
	maxSerialLetters = 3
	minSerialDigits  = 5
)

// minGroup is the least length of the groups of a code.
const minGroup = 4

// isGroupedCode accepts letters and digits in groups of one length, such as 1egh-2y96: each group
// has both, and they alternate more than in words with a number (ipv4-ipv6).
func isGroupedCode(s string) bool {
	changes, groups, length := 0, 0, strings.IndexByte(s, '-')
	for g := range strings.SplitSeq(s, "-") {
		mixed := 0
		for i := 1; i < len(g); i++ {
			mixed += boolToInt(isDigit(g[i]) != isDigit(g[i-1]))
		}
		if len(g) != length || length < minGroup || mixed == 0 || strings.ContainsAny(g, "._") {
			return false
		}
		changes, groups = changes+mixed, groups+1
	}
	return groups > 1 && changes > groups
}

// isSerial accepts a few letters and a long number, such as tt0111161 and PO48213. Words with a
// number have more letters or fewer digits (resource1, oauth2).
func isSerial(s string, letters, digits int) bool {
	return letters > 0 && letters <= maxSerialLetters && digits >= minSerialDigits && letters+digits == len(s) && longestDigitRun(s) == digits && !isDigit(s[0])
}

// countListSeparators counts the commas and semicolons of a list, such as 8.68,50.11;13.4,52.52.
func countListSeparators(s string) int { return strings.Count(s, ",") + strings.Count(s, ";") }

// longestDigitRun returns the length of the longest run of digits.
func longestDigitRun(s string) int {
	n, best := 0, 0
	for i := 0; i < len(s); i++ {
		if s[i] >= '0' && s[i] <= '9' {
			n++
			best = max(best, n)
		} else {
			n = 0
		}
	}
	return best
}

// isVersion accepts v1, V2, v1.0, v1beta1, v2alpha.
func isVersion(s string) bool {
	if len(s) < 2 || s[0]|0x20 != 'v' || !isDigit(s[1]) {
		return false
	}
	i := 1
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i > 4 {
		return false
	}
	if i+1 < len(s) && s[i] == '.' && isDigit(s[i+1]) {
		for i++; i < len(s) && isDigit(s[i]); i++ {
		}
	}
	for _, p := range [...]string{"alpha", "beta", "rc", "preview"} {
		if strings.HasPrefix(s[i:], p) {
			for i += len(p); i < len(s) && isDigit(s[i]); i++ {
			}
			break
		}
	}
	return i == len(s)
}

// isSemver accepts 1.2.3, v1.2.3 and 1.2.3-rc.1: three or more numbers separated by dots, with an
// optional suffix.
func isSemver(s string) bool {
	s = strings.TrimPrefix(s, "v")
	core, _, _ := strings.Cut(s, "-")
	core, _, _ = strings.Cut(core, "+")
	parts := 1
	for i, digits := 0, 0; ; i++ {
		switch {
		case i < len(core) && isDigit(core[i]):
			digits++
			continue
		case digits == 0, i < len(core) && core[i] != '.':
			return false
		case i == len(core):
			return parts >= 3
		}
		parts, digits = parts+1, 0
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isDate accepts 2024-05-01 and times that begin with a date.
func isDate(s string) bool {
	const form = "0000-00-00"
	if len(s) < len(form) {
		return false
	}
	for i := 0; i < len(form); i++ {
		if form[i] == '0' != isDigit(s[i]) || form[i] == '-' && s[i] != '-' {
			return false
		}
	}
	return len(s) == len(form) || s[10] == 'T' || s[10] == ' '
}

// isIP accepts IPv4 addresses, and texts of hexadecimal digits with two colons or more as IPv6.
func isIP(s string) bool {
	if strings.Count(s, ":") >= 2 {
		for i := 0; i < len(s); i++ {
			if !ascii.IsHexDigit(s[i]) && s[i] != ':' && s[i] != '.' && s[i] != '/' {
				return false
			}
		}
		return true
	}
	if strings.Count(s, ".") != 3 {
		return false
	}
	for p := range strings.SplitSeq(s, ".") {
		if p == "" || len(p) > 3 || longestDigitRun(p) != len(p) || len(p) == 3 && p > "255" {
			return false
		}
	}
	return true
}

// isEmail accepts texts with one @ and a dot after it, but no images in a multiple of their size,
// such as logo@2x.png, and addresses such as @ann:example.org.
func isEmail(s string) bool {
	if len(s) > 1 && s[0] == '@' {
		_, host, ok := strings.Cut(s[1:], ":")
		return ok && strings.IndexByte(host, '.') > 0 && strings.IndexByte(host, '@') < 0 && !strings.ContainsAny(s, " ,;/")
	}
	at := strings.IndexByte(s, '@')
	return at > 0 && !strings.HasPrefix(s[at+1:], "2x.") && !strings.HasPrefix(s[at+1:], "3x.") &&
		strings.IndexByte(s[at:], '.') > 1 && strings.IndexByte(s[at+1:], '@') < 0 &&
		!strings.ContainsAny(s, " ,;")
}

// isHexID reports whether s is a hexadecimal identifier: digits of one case, eight or more with one
// decimal digit among them, or seven with two. It ignores the prefix 0x. Unlike ascii.IsHex it
// rejects words of the letters a to f and mixed case.
func isHexID(s string) bool {
	s = strings.TrimPrefix(s, "0x")
	if len(s) < 7 {
		return false
	}
	lower, upper, digit := 0, 0, 0
	for i := 0; i < len(s); i++ {
		switch {
		case isDigit(s[i]):
			digit++
		case s[i] >= 'a' && s[i] <= 'f':
			lower++
		case s[i] >= 'A' && s[i] <= 'F':
			upper++
		default:
			return false
		}
	}
	return digit > 0 && (lower == 0 || upper == 0) && (len(s) >= 8 || digit >= 2)
}

// isSpokenPhrase reports whether s consists of pronounceable words of two letters or more, each
// with one capital, except for one abbreviation: addCustomFieldSetting, listVPCPeerings. It is
// false for a token without digits, such as qLmXwPzRtKvB.
func isSpokenPhrase(s string) bool {
	short, capitals := 0, 0
	for i := 0; i < len(s); {
		upper, lower, vowel := 0, 0, false
		for ; i < len(s) && isUpper(s[i]); i++ {
			upper++
			vowel = vowel || isVowel(s[i]|0x20)
		}
		for ; i < len(s) && s[i] >= 'a' && s[i] <= 'z'; i++ {
			lower++
			vowel = vowel || isVowel(s[i])
		}
		switch {
		case upper+lower == 0: // a separator
			i++
			continue
		case upper > 1:
			capitals++
		case !vowel && lower > 0, upper+lower < 2:
			return false
		case upper+lower < 4:
			short++
		}
	}
	return capitals <= 1 && 3*short <= len(s)
}

// isVowel reports whether a lower-case letter makes a word pronounceable.
func isVowel(c byte) bool {
	return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y'
}

// isPrefixed accepts identifiers such as cus_9s6XKzkNRiz8i3: a short word, a separator, then a run
// that is not a word.
func isPrefixed(s string) bool {
	i := strings.LastIndexAny(s, "_-")
	if i < 1 || i > 24 || len(s)-i-1 < 5 {
		return false
	}
	for j := 0; j < i; j++ {
		if c := s[j] | 0x20; (c < 'a' || c > 'z') && s[j] != '_' && s[j] != '-' {
			return false
		}
	}
	if s[i] == '-' {
		return false
	}
	digit, letter := 0, 0
	for _, c := range []byte(s[i+1:]) {
		switch {
		case isDigit(c):
			digit++
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			letter++
		default:
			return false
		}
	}
	// name_2024 is a name with a number; cus_1a2b3 is an identifier.
	return digit > 0 && letter > 0 && hasMixedTail(s[i+1:]) || digit >= 6
}

// hasMixedTail reports whether digits and letters alternate more than in word12.
func hasMixedTail(s string) bool {
	changes := 0
	for i := 1; i < len(s); i++ {
		if isDigit(s[i]) != isDigit(s[i-1]) {
			changes++
		}
	}
	return changes >= 2 || isDigit(s[0]) || len(s) >= 8
}

// isNumbered reports whether s is one of a series: true for job-12, hwb-332-3xe and 3fk-ab, false
// for words with a digit, such as oauth2.
func isNumbered(s string) bool {
	groups := 0
	for i := 0; i < len(s); i++ {
		if isDigit(s[i]) && (i == 0 || !isDigit(s[i-1])) {
			groups++
			if i > 0 && (s[i-1] == '-' || s[i-1] == '_') && longestDigitRun(s[i:]) == len(s)-i {
				return true
			}
		}
	}
	return groups >= 2 || isDigit(s[0]) && len(s) >= 5 && !hasWordAfterNumber(s)
}
