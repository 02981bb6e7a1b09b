package route

import "strings"

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

// isLetter reports whether a byte belongs to a letter: ASCII, or any non-ASCII character.
func isLetter(c byte) bool { return isUpper(c) || c >= 'a' && c <= 'z' || c >= 0x80 }

// isDigitless reports whether a segment has no digit.
func isDigitless(s string) bool { return !strings.ContainsAny(s, "0123456789") }

// equalSpelling reports whether two texts of one length differ only in case and separators, as
// new-york and New York do.
func equalSpelling(a string, b []byte) bool {
	for i := 0; i < len(a); i++ {
		if x, y := a[i], b[i]; x != y && foldByte(x) != foldByte(y) {
			return false
		}
	}
	return true
}

// foldByte maps separators to a blank and capitals to small letters.
func foldByte(c byte) byte {
	switch {
	case c == '-', c == '_', c == '+':
		return ' '
	case isUpper(c):
		return c | 0x20
	}
	return c
}

// isPlainWord reports whether a segment is one word of lower-case letters.
func isPlainWord(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}
