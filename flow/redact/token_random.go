package redact

import (
	"strings"

	"github.com/spectap/spectap/internal/hexdigit"
)

// looksRandom reports whether a word under a Plain name is taken for a secret: it is long, has
// capital and small letters and digits, and the digits are scattered as nobody writes them.
// Hexadecimal, UUIDs, base64 of text and numbers do not count as random, since they are ids and
// hashes far more often than secrets.
func looksRandom(w string) bool {
	if len(w) < 32 || len(w) > 4096 {
		return false
	}
	// Names consist of short words; the longest run in random base64url is long.
	part := longestRun(w)
	if len(part) < 16 {
		return false
	}
	s := countChars(part)
	// A word in a name begins with a capital. In random letters, every second one differs in case
	// from the one before.
	mixed := s.upper >= 8 && s.lower >= 8 && s.changes*100 >= 42*len(part) && len(part) >= 32
	return s.upper >= 3 && s.lower >= 3 && (s.digitChanges*9 >= len(part) || mixed) && !isEncodedText(w) &&
		!isPublicKey(w) && !isPrefixedID(w)
}

// longestRun returns the longest run of letters and digits.
func longestRun(w string) string {
	best, from := "", 0
	for i := 0; i <= len(w); i++ {
		if i == len(w) || !isDigit(w[i]) && !isLower(w[i]) && !isUpper(w[i]) {
			if i-from > len(best) {
				best = w[from:i]
			}
			from = i + 1
		}
	}
	return best
}

// looksGenerated reports whether a word under a Weak name ("key", "code") is taken for a secret:
// mixed letters and digits, or long hexadecimal, as machines generate them.
func looksGenerated(w string) bool {
	if len(w) < 16 || len(w) > 4096 || strings.ContainsAny(w, " \n\t") || hexdigit.IsUUID(w) || isPublicKey(w) ||
		isTimeLike(w) || strings.Contains(w, PlaceholderPrefix) || strings.HasPrefix(w, pemBegin) {
		return false
	}
	s := countChars(w)
	if s.other*6 > len(w) {
		return false
	}
	letters := s.upper + s.lower
	return letters >= 4 && s.digitChanges >= 3 || s.upper >= 3 && s.lower >= 3 && s.changes*100 >= 38*(len(w)-1)
}

// charCounts counts the characters of a word by class, the changes of class, and the changes
// between digit and letter.
type charCounts struct{ upper, lower, digit, other, changes, digitChanges int }

// countChars counts the characters of a word.
func countChars(w string) charCounts {
	var s charCounts
	last := byte(0)
	for i := range len(w) {
		var k byte
		switch c := w[i]; {
		case isLower(c):
			s.lower++
			k = 1
		case isUpper(c):
			s.upper++
			k = 2
		case isDigit(c):
			s.digit++
			k = 3
		default:
			s.other++
			k = 4
		}
		if i > 0 && k != last {
			s.changes++
			if (k == 3 || last == 3) && k != 4 && last != 4 {
				s.digitChanges++
			}
		}
		last = k
	}
	return s
}

// isTimeLike reports whether w starts like 2026-11-20T.
func isTimeLike(w string) bool {
	return len(w) >= 11 && isDigit(w[0]) && isDigit(w[3]) && w[4] == '-' && w[7] == '-' && w[10]|0x20 == 't'
}

// isPublicKey reports whether w is an SSH public key, or its base64 alone.
func isPublicKey(w string) bool {
	if len(w) < 9 || w[0] != 's' && w[0] != 'e' && w[0] != 'A' {
		return false
	}
	for _, p := range [...]string{"ssh-rsa ", "ssh-ed25519 ", "ssh-dss ", "ecdsa-sha2-nistp", "sk-ssh-ed25519",
		"sk-ecdsa-sha2"} {
		if strings.HasPrefix(w, p) {
			return true
		}
	}
	return (w[:8] == "AAAAB3Nz" || w[:8] == "AAAAC3Nz" || w[:8] == "AAAAE2Vj" || w[:8] == "AAAAG2Vj")
}

// isEncodedText reports whether w is base64 of text: an encoded identifier, such as a cursor or
// node id, or a line of a file. Of random bytes, about four in ten are printable.
func isEncodedText(w string) bool {
	data, ok := decodeBase64(w)
	if !ok || len(data) < 12 {
		return false
	}
	printable := 0
	for _, c := range data {
		if c >= ' ' && c <= '~' || c == '\n' || c == '\t' || c == '\r' {
			printable++
		}
	}
	return printable*5 >= len(data)*4
}

// isPrefixedID reports whether w is an id prefixed with its kind: cus_4fdAW5ftNQow1a,
// sub_sched_1IjOVIGhHw1F96ewn294oUer.
func isPrefixedID(w string) bool {
	i := strings.LastIndexByte(w, '_')
	if i < 2 || i > 24 || len(w)-i-1 < 8 || len(w)-i-1 > 24 || !isAlnum(w[i+1:]) {
		return false
	}
	for _, c := range []byte(w[:i]) {
		if !isLower(c) && c != '_' {
			return false
		}
	}
	return true
}
