package form_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/internal/ascii"
)

// TestCheckDigits changes each character of ids with check digits to another of its class, or to one
// that no id has. The check digits detect any one such error.
func TestCheckDigits(t *testing.T) {
	for _, id := range []string{
		"529.982.247-25", "131052-308T", "010101A123N", "811228-9874", "12345678Z", "12345678-Z", "X1234567L", "Y1234567X",
		"RSSMRA85T10A562S", "11010519491231002X", "DE89370400440532013000", "GB82WEST12345698765432", "NO9386011117947",
	} {
		if !form.IsNationalID(id) || form.IsNationalID(id+"0") || form.IsNationalID("0"+id) {
			t.Errorf("%s, or with another character at an end", id)
		}
		for i := range len(id) {
			for c := byte('!'); c <= '~'; c++ {
				other := id[:i] + string(c) + id[i+1:]
				if ascii.IsAlnum(c) && ascii.IsDigit(c) != ascii.IsDigit(id[i]) {
					continue
				}
				if form.IsNationalID(other) && !isOtherID(id, other, i) {
					t.Errorf("%s instead of %s", other, id)
				}
			}
		}
	}
}

// isOtherID reports whether the id is as valid with another character at i: signs of a century that
// count the same, the small letter of a check digit, the separator of a Spanish id.
func isOtherID(id, other string, i int) bool {
	switch {
	case id == other, other == "811-28-9874": // which is one of the United States
		return true
	case len(id) == 11 && i == 6 && !strings.HasSuffix(id, "74"):
		return strings.IndexByte("+-ABCDEFYXWVU", other[i]) >= 0
	case i == 17 && id[i] == 'X':
		return other[i] == 'x'
	}
	return false
}

// TestIDLetters checks which letters ids without check digits may have.
func TestIDLetters(t *testing.T) {
	for c := byte(' '); c <= '~'; c++ {
		upper := c >= 'A' && c <= 'Z'
		for i, want := range map[int]bool{
			0: upper && strings.IndexByte("DFIQUV", c) < 0, 1: upper && strings.IndexByte("DFIOQUV", c) < 0, 8: c >= 'A' && c <= 'D',
		} {
			id := []byte("AB123456C")
			if id[i] = c; form.IsNationalID(string(id)) != want {
				t.Errorf("%s: %v", id, !want)
			}
		}
	}
	for area := range 1000 {
		want := area != 0 && area != 666 && area < 900
		if id := fmt.Sprintf("%03d-45-6789", area); form.IsNationalID(id) != want {
			t.Errorf("%s: %v", id, !want)
		}
	}
}

// TestCardNumbers checks the numbers of cards: for the first digits of each network, the lengths
// that it uses.
func TestCardNumbers(t *testing.T) {
	lengths := func(prefix int) string { // of four digits
		two := prefix / 100
		switch {
		case two/10 == 4:
			return "13 16 19"
		case two >= 51 && two <= 55, prefix >= 2221 && prefix <= 2720:
			return "16"
		case two == 34, two == 37:
			return "15"
		case two == 36, two == 38, two == 39, prefix >= 3000 && prefix <= 3059:
			return "14 16"
		}
		for _, other := range []int{35, 50, 56, 58, 60, 62, 63, 64, 65, 67} {
			if two == other {
				return "16 17 18 19"
			}
		}
		return ""
	}
	for prefix := range 10000 {
		for n := 12; n <= 19; n++ {
			d := make([]byte, n)
			for i, c := range fmt.Sprintf("%04d", prefix) {
				d[i] = byte(c - '0')
			}
			valid := 0
			for check := range byte(10) {
				if d[n-1] = check; form.IsCard(d) {
					valid++
				}
			}
			if want := strings.Contains(lengths(prefix), fmt.Sprint(n)); (valid == 1) != want || valid > 1 {
				t.Errorf("%04d, %d digits: %d check digits are valid", prefix, n, valid)
			}
		}
	}
}
