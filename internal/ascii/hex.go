package ascii

// IsHexDigit reports whether c is a hexadecimal digit of either case.
func IsHexDigit(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

// IsHex reports whether every byte of s is a hexadecimal digit. It is true for the empty text.
func IsHex[T ~string | ~[]byte](s T) bool {
	for i := range len(s) {
		if !IsHexDigit(s[i]) {
			return false
		}
	}
	return true
}

// HexValue returns the value of a hexadecimal digit. For any other byte the result is undefined.
func HexValue(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	if c >= 'A' {
		return c - 'A' + 10
	}
	return c - '0'
}

// IsUUID reports whether s has the text form of a UUID: 8-4-4-4-12 hexadecimal digits of either
// case (RFC 9562, section 4). It accepts every version and variant.
func IsUUID[T ~string | ~[]byte](s T) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return false
			}
		} else if !IsHexDigit(s[i]) {
			return false
		}
	}
	return true
}
