package judge

import (
	"github.com/spectap/spectap/internal/ascii"
)

// Digits returns the digits of w in buf. ok is false if there are more than 19, or if w has other
// characters than digits and single blanks, dots, dashes and slashes between them.
func Digits(w string, buf *[19]byte) ([]byte, bool) {
	n := 0
	sep := true // no separator at the start
	for i := range len(w) {
		switch c := w[i]; {
		case ascii.IsDigit(c):
			if n == len(buf) {
				return nil, false
			}
			buf[n] = c - '0'
			n++
			sep = false
		case (c == ' ' || c == '-' || c == '.' || c == '/') && !sep:
			sep = true
		default:
			return nil, false
		}
	}
	return buf[:n], !sep
}

// IsCard reports whether the digits are a payment card number: a length and first digits that
// issuers use (ISO/IEC 7812), and a valid check digit.
func IsCard(d []byte) bool {
	n := len(d)
	if n < 13 || n > 19 {
		return false
	}
	two, four := int(d[0])*10+int(d[1]), 0
	for _, x := range d[:4] {
		four = four*10 + int(x)
	}
	ok := false
	switch {
	case d[0] == 4:
		ok = n == 13 || n == 16 || n == 19
	case two >= 51 && two <= 55, four >= 2221 && four <= 2720:
		ok = n == 16
	case two == 34, two == 37:
		ok = n == 15
	case two == 36, two == 38, two == 39, four >= 3000 && four <= 3059:
		ok = n == 14 || n == 16
	case two == 65, two == 62, two == 60, two == 64, two == 35, two == 50, two == 56, two == 58, two == 63, two == 67:
		ok = n >= 16
	}
	return ok && luhn(d)
}

// luhn reports whether the check digit is valid (ISO/IEC 7812-1, annex B).
func luhn(d []byte) bool {
	sum := 0
	for i := range d {
		x := int(d[len(d)-1-i])
		if i%2 == 1 {
			if x *= 2; x > 9 {
				x -= 9
			}
		}
		sum += x
	}
	return sum%10 == 0
}

// IsNationalID reports whether a word is a national id or bank account by its form alone: it has
// valid check digits, or separators that nothing else has.
func IsNationalID(w string) bool {
	if len(w) < 9 || len(w) > 34 {
		return false
	}
	return isSSN(w) || Matches(w, "000.000.000-00") || IsIBAN(w) || isResidentID(w) // the second is a CPF
}

// isSSN recognizes a US social security number: 3-2-4 digits with numbers that are issued.
func isSSN(w string) bool {
	if !Matches(w, "000-00-0000") {
		return false
	}
	return w[:3] != "000" && w[:3] != "666" && w[0] != '9' && w[4:6] != "00" && w[7:] != "0000"
}

// isResidentID recognizes the Chinese eighteen characters with a birth date and a check character
// (ISO 7064, MOD 11-2).
func isResidentID(w string) bool {
	if len(w) != 18 || !Matches(w[:17], "00000000000000000") || (w[6:8] != "19" && w[6:8] != "20") ||
		!isDate(w[12:14], w[10:12]) {
		return false
	}
	sum, weight := 0, 1
	for i := 17; i >= 0; i-- {
		x := int(w[i] - '0')
		if i == 17 && w[i]|0x20 == 'x' {
			x = 10
		} else if !ascii.IsDigit(w[i]) {
			return false
		}
		sum += x * weight
		weight = weight * 2 % 11
	}
	return sum%11 == 1
}

// IsIBAN recognizes a bank account with two check digits (ISO 13616), with or without blanks.
func IsIBAN(w string) bool {
	if len(w) < 15 || !Matches(w[:4], "AA00") {
		return false
	}
	mod, n := 0, 0
	add := func(s string) bool {
		for i := range len(s) {
			switch c := s[i]; {
			case c == ' ':
				continue
			case ascii.IsDigit(c):
				mod = (mod*10 + int(c-'0')) % 97
			case ascii.IsUpper(c):
				mod = (mod*100 + int(c-'A') + 10) % 97
			default:
				return false
			}
			n++
		}
		return true
	}
	return add(w[4:]) && add(w[:4]) && n >= 15 && n <= 34 && mod == 1
}

// isDate reports whether day and month are possible.
func isDate(day, month string) bool {
	return day >= "01" && day <= "31" && month >= "01" && month <= "12"
}

// Matches compares w with a format: 0 stands for a digit, A for a capital letter, everything
// else for itself.
func Matches(w, form string) bool {
	if len(w) != len(form) {
		return false
	}
	for i := range len(w) {
		switch form[i] {
		case '0':
			if !ascii.IsDigit(w[i]) {
				return false
			}
		case 'A':
			if !ascii.IsUpper(w[i]) {
				return false
			}
		default:
			if w[i] != form[i] {
				return false
			}
		}
	}
	return true
}

// IsPersonal reports whether a value under a Personal name looks like one: mostly digits, with
// the usual separators. Ids have fewer digits, or are UUIDs.
func IsPersonal(w string) bool {
	digits, others := 0, 0
	for i := range len(w) {
		switch c := w[i]; {
		case ascii.IsDigit(c):
			digits++
		case ascii.IsLower(c), ascii.IsUpper(c):
			others++
		case c == '*', c == '.', c == ' ', c == '-', c == '/':
		default:
			return false
		}
	}
	return digits >= 5 && digits+others >= 6 && digits*2 >= others && len(w) <= 40 && !ascii.IsUUID(w)
}
