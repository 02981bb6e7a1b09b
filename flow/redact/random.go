package redact

import "strings"

// looksRandom says whether a word under a name that tells nothing must be taken for a secret: long, of capital
// and small letters and digits, with digits strewn in as nobody writes them. Hexadecimal, UUIDs, base64 of text
// and numbers are not random in that sense: they are ids and hashes far more often than secrets.
func looksRandom(w string) bool {
	if len(w) < 32 || len(w) > 4096 {
		return false
	}
	// Names are made of parts; of random base64url the longest part is long.
	part := longestPart(w)
	if len(part) < 16 {
		return false
	}
	s := countClasses(part)
	// Words in a name begin with a capital: of random letters every second differs in case from the one before.
	mixed := s.upper >= 8 && s.lower >= 8 && s.changes*100 >= 42*len(part) && len(part) >= 32
	return s.upper >= 3 && s.lower >= 3 && (s.digitChanges*9 >= len(part) || mixed) && !isEncodedText(w) && !isPublicKey(w) && !isPrefixedID(w)
}

// longestPart returns the longest run of letters and digits.
func longestPart(w string) string {
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

// looksMade says whether a word under a name like "key" or "code" must be taken for a secret: letters and
// digits mixed, or long hexadecimal, as a machine makes them.
func looksMade(w string) bool {
	if len(w) < 16 || len(w) > 4096 || strings.ContainsAny(w, " \n\t") || isUUID(w) || isPublicKey(w) || isTimeLike(w) || strings.Contains(w, markStart) || strings.HasPrefix(w, pemBegin) {
		return false
	}
	s := countClasses(w)
	if s.other*6 > len(w) {
		return false
	}
	letters := s.upper + s.lower
	return letters >= 4 && s.digitChanges >= 3 || s.upper >= 3 && s.lower >= 3 && s.changes*100 >= 38*(len(w)-1)
}

// classes counts the characters of a word, the places where their class changes, and those
// where a digit meets a letter.
type classes struct{ upper, lower, digit, other, changes, digitChanges int }

func countClasses(w string) classes {
	var s classes
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

// isUUID says whether w has the form 8-4-4-4-12 of hexadecimal digits.
func isUUID(w string) bool {
	if len(w) != 36 {
		return false
	}
	for i := range len(w) {
		c := w[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !isHex(c) {
				return false
			}
		}
	}
	return true
}

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// isTimeLike says whether w starts like 2026-11-20T.
func isTimeLike(w string) bool {
	return len(w) >= 11 && isDigit(w[0]) && isDigit(w[3]) && w[4] == '-' && w[7] == '-' && w[10]|0x20 == 't'
}

// isPublicKey says whether w is an SSH public key, or its base64 alone.
func isPublicKey(w string) bool {
	if len(w) < 9 || w[0] != 's' && w[0] != 'e' && w[0] != 'A' {
		return false
	}
	for _, p := range [...]string{"ssh-rsa ", "ssh-ed25519 ", "ssh-dss ", "ecdsa-sha2-nistp", "sk-ssh-ed25519", "sk-ecdsa-sha2"} {
		if strings.HasPrefix(w, p) {
			return true
		}
	}
	return (w[:8] == "AAAAB3Nz" || w[:8] == "AAAAC3Nz" || w[:8] == "AAAAE2Vj" || w[:8] == "AAAAG2Vj")
}

// isEncodedText says whether w is base64 of text: an encoded identifier, such as APIs use for cursors and node ids,
// or a line of a file. Of random bytes about four in ten are printable.
func isEncodedText(w string) bool {
	data, ok := unbase64(w)
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

// isPrefixedID says whether w is an id with the name of its kind before it: cus_4fdAW5ftNQow1a,
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
