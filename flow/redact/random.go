package redact

import "strings"

// looksRandom says whether a word under a name that tells nothing must be taken for a secret: long, of capital
// and small letters and digits, that change more often than in anything people write. Hexadecimal, UUIDs, base64
// of text and numbers are not random in that sense: they are ids and hashes far more often than secrets.
func looksRandom(w string) bool {
	if len(w) < 32 || len(w) > 4096 {
		return false
	}
	s := countClasses(w)
	return s.upper >= 3 && s.lower >= 3 && s.digit >= 2 && s.other*8 <= len(w) &&
		s.changes*100 >= 38*(len(w)-1) && !isEncodedText(w) && !isPublicKey(w)
}

// looksMade says whether a word under a name like "key" or "code" must be taken for a secret: letters and
// digits mixed, or long hexadecimal, as a machine makes them.
func looksMade(w string) bool {
	if len(w) < 16 || isUUID(w) || isPublicKey(w) || isTimeLike(w) || strings.Contains(w, markStart) {
		return false
	}
	s := countClasses(w)
	if s.other*6 > len(w) {
		return false
	}
	letters := s.upper + s.lower
	return s.digit >= 2 && letters >= 4 && s.changes*100 >= 20*(len(w)-1) || s.upper >= 3 && s.lower >= 3 && s.changes*100 >= 38*(len(w)-1)
}

type classes struct{ upper, lower, digit, other, changes int }

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

// isPublicKey says whether w is the start of an SSH public key.
func isPublicKey(w string) bool {
	return len(w) > 8 && (w[:8] == "AAAAB3Nz" || w[:8] == "AAAAC3Nz" || w[:8] == "AAAAE2Vj" || w[:8] == "AAAAG2Vj")
}

// isEncodedText says whether w is base64 of printable ASCII: an encoded identifier, such as APIs use for cursors
// and node ids.
func isEncodedText(w string) bool {
	data, ok := unbase64(w)
	if !ok || len(data) < 12 {
		return false
	}
	for _, c := range data {
		if (c < ' ' || c > '~') && c != '\n' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}
