package judge

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/internal/ascii"
)

// MinRandomLen is the length of the shortest random word that is taken for a secret: 24 bytes in
// base64url, of which a dash at one end does not belong to the word.
const MinRandomLen = 31

// IsRandom reports whether a word under a Plain name is taken for a secret: it is long, has
// capital and small letters and digits, and the digits are scattered as nobody writes them.
// Hexadecimal, UUIDs, base64 of text and numbers do not count as random, since they are ids and
// hashes far more often than secrets.
func IsRandom(w string) bool {
	if len(w) < MinRandomLen || len(w) > 4096 {
		return false
	}
	return (hasRandomRun(w) || isScattered(w)) && !isEncodedText(w) && !IsPublicKey(w) && !IsPrefixedID(w)
}

// hasRandomRun reports whether the longest run of letters and digits in a word is random. Names
// consist of short words.
func hasRandomRun(w string) bool {
	part := longestRun(w)
	if len(part) < 16 {
		return false
	}
	s := Count(part)
	// A word in a name begins with a capital. In random letters, every second one differs in case
	// from the one before.
	mixed := s.Upper >= 8 && s.Lower >= 8 && s.Changes*100 >= 42*len(part) && len(part) >= 32
	return s.Upper >= 3 && s.Lower >= 3 && (s.DigitChanges*9 >= len(part) || mixed)
}

// isScattered reports whether a word is random, although its dashes and underscores (one character
// in 32 of random base64url) leave no long run of letters and digits. Of two neighbours, 64 in 100
// are expected to differ in class. In names it is 20 to 40, and digits stand together.
func isScattered(w string) bool {
	s := Count(w)
	return s.Other*7 <= len(w) && s.Upper >= 4 && s.Lower >= 4 && s.DigitChanges >= 2 && s.Changes*100 >= 42*len(w) &&
		s.CaseChanges*20 >= len(w) && strings.Trim(w, letters+"0123456789-_+/=") == ""
}

const (
	smallLetters = "abcdefghijklmnopqrstuvwxyz"
	letters      = smallLetters + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// longestRun returns the longest run of letters and digits.
func longestRun(w string) string {
	best := ""
	for run := range strings.FieldsFuncSeq(w, func(c rune) bool { return c >= 0x80 || !ascii.IsAlnum(byte(c)) }) {
		if len(run) > len(best) {
			best = run
		}
	}
	return best
}

// Counts counts the characters of a word by class, the changes of class, those between digit
// and letter, and those from a small letter to a capital.
type Counts struct{ Upper, Lower, Digit, Other, Changes, DigitChanges, CaseChanges int }

// Count counts the characters of a word.
func Count(w string) Counts {
	var s Counts
	last := byte(0)
	for i := range len(w) {
		var k byte
		switch c := w[i]; {
		case ascii.IsLower(c):
			s.Lower++
			k = 1
		case ascii.IsUpper(c):
			s.Upper++
			k = 2
		case ascii.IsDigit(c):
			s.Digit++
			k = 3
		default:
			s.Other++
			k = 4
		}
		if i > 0 && k != last {
			s.Changes++
			if (k == 3 || last == 3) && k != 4 && last != 4 {
				s.DigitChanges++
			}
			if k == 2 && last == 1 {
				s.CaseChanges++
			}
		}
		last = k
	}
	return s
}

// isMixed reports whether a word has letters and digits.
func isMixed(w string) bool {
	c := Count(w)
	return c.Digit > 0 && c.Upper+c.Lower > 0
}

var publicKeys = rules.List("public-keys")

// IsPublicKey reports whether w is a key that anybody may have, or the address of an account or a
// contract (Ethereum).
func IsPublicKey(w string) bool {
	return hasPrefix(w, publicKeys) || len(w) == 42 && w[:2] == "0x" && strings.Trim(w[2:], "0123456789abcdefABCDEF") == ""
}

// isEncodedText reports whether w is base64 of text: an encoded identifier, such as a cursor or
// node id, or a line of a file. Of random bytes, about four in ten are printable.
func isEncodedText(w string) bool {
	data, ok := DecodeBase64(w)
	if !ok || len(data) < 12 {
		return false
	}
	printable := 0
	for _, c := range data {
		if isText(c) {
			printable++
		}
	}
	return printable*5 >= len(data)*4
}

// isText reports whether a byte is printable ASCII or white space.
func isText(c byte) bool { return c >= ' ' && c <= '~' || c == '\n' || c == '\t' || c == '\r' }

// IsPrefixedID reports whether w is an id prefixed with its kind: cus_4fdAW5ftNQow1a,
// sub_sched_1IjOVIGhHw1F96ewn294oUer.
func IsPrefixedID(w string) bool {
	i := strings.LastIndexByte(w, '_')
	if i < 2 || i > 24 || len(w)-i-1 < 8 || len(w)-i-1 > 24 || !ascii.AllAlnum(w[i+1:]) {
		return false
	}
	return strings.Trim(w[:i], smallLetters+"_") == ""
}

// IsBase64OfText reports whether a word may be base64 of a text: its first bytes are.
func IsBase64OfText(w string) bool {
	data, ok := DecodeBase64(w[:16])
	return ok && !slices.ContainsFunc(data, func(c byte) bool { return !isText(c) })
}
