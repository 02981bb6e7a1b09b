// Package ascii classifies letters and digits of ASCII, and recognizes hexadecimal text.
//
// Read ascii.go first.
package ascii

// IsLower reports whether c is a small letter.
func IsLower(c byte) bool { return c >= 'a' && c <= 'z' }

// IsUpper reports whether c is a capital letter.
func IsUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

// IsDigit reports whether c is a decimal digit.
func IsDigit(c byte) bool { return c >= '0' && c <= '9' }

// IsAlnum reports whether c is a letter or digit.
func IsAlnum(c byte) bool { return IsLower(c) || IsUpper(c) || IsDigit(c) }

// AllDigits reports whether s consists of digits and is not empty.
func AllDigits(s string) bool {
	for i := range len(s) {
		if !IsDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// AllAlnum reports whether s consists of letters and digits. It is true for the empty text.
func AllAlnum(s string) bool {
	for i := range len(s) {
		if !IsAlnum(s[i]) {
			return false
		}
	}
	return true
}
