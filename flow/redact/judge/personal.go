package judge

import (
	"strings"

	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// cardSigns are what stands between the groups of a card number.
var cardSigns = strings.NewReplacer(" ", "", "-", "", ".", "", "/", "")

// cardForms are the lengths and first digits that issuers of payment cards use (ISO/IEC 7812).
var cardForms = lazyregexp.New(`^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|` +
	`3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}(?:\d\d)?|(?:6[0234578]|35|5[068])\d{14,17})$`)

// IsCard reports whether a word is a payment card number, in one group or several.
func IsCard(w string) bool {
	d := cardSigns.Replace(w)
	return len(w)-len(d) <= 4 && cardForms.MatchString(d) && luhn(d)
}

// luhn reports whether the check digit is valid (ISO/IEC 7812-1, annex B).
func luhn(d string) bool {
	sum := 0
	for i := range len(d) {
		x := int(d[len(d)-1-i] - '0')
		if i%2 == 1 {
			if x *= 2; x > 9 {
				x -= 9
			}
		}
		sum += x
	}
	return sum%10 == 0
}

// nationalForms are national ids that are known by their form: the social security number of the
// USA, the CPF of Brazil, and the resident id of China with its birth date.
var nationalForms = lazyregexp.New(`^(?:[0-8]\d\d-\d\d-\d{4}|\d{3}\.\d{3}\.\d{3}-\d\d|` +
	`[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx])$`)

// IsNationalID reports whether a word is a national id or bank account by its form alone.
func IsNationalID(w string) bool {
	switch len(w) {
	case 11, 14, 18:
		if nationalForms.MatchString(w) {
			return true
		}
	}
	return IsIBAN(w)
}

// IsIBAN recognizes a bank account with two check digits (ISO 13616), with or without blanks.
func IsIBAN(w string) bool {
	if len(w) < 15 || len(w) > 42 || !Matches(w[:4], "AA00") {
		return false
	}
	w = strings.ReplaceAll(w[4:]+w[:4], " ", "")
	mod := 0
	for i := range len(w) {
		switch c := w[i]; {
		case ascii.IsDigit(c):
			mod = (mod*10 + int(c-'0')) % 97
		case ascii.IsUpper(c):
			mod = (mod*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return len(w) >= 15 && len(w) <= 34 && mod == 1
}

// Matches compares w with a format: 0 matches a digit, A a capital letter, any other character
// itself.
func Matches(w, form string) bool {
	if len(w) != len(form) {
		return false
	}
	for i := range len(w) {
		is := w[i] == form[i]
		switch form[i] {
		case '0':
			is = ascii.IsDigit(w[i])
		case 'A':
			is = ascii.IsUpper(w[i])
		}
		if !is {
			return false
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
