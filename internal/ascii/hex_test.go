package ascii

import "testing"

// TestIsUUID checks IsUUID for strings and bytes.
func TestIsUUID(t *testing.T) {
	for s, want := range map[string]bool{
		"0f8fad5b-d9cb-469f-a165-70867728950e":  true,
		"0F8FAD5B-D9CB-469F-A165-70867728950E":  true,
		"00000000-0000-0000-0000-000000000000":  true,
		"":                                      false,
		"0f8fad5bd9cb469fa16570867728950e":      false,
		"0f8fad5b-d9cb-469f-a165-70867728950g":  false,
		"0f8fad5b-d9cb-469f-a165-70867728950":   false,
		"0f8fad5b-d9cb-469f-a165-70867728950e ": false,
		"0f8fad5b_d9cb-469f-a165-70867728950e":  false,
		"0f8fad5b-d9cb-469f-a165--0867728950e":  false,
	} {
		t.Run(s, func(t *testing.T) {
			if got := IsUUID(s); got != want {
				t.Errorf("string: got %v", got)
			}
			if got := IsUUID([]byte(s)); got != want {
				t.Errorf("bytes: got %v", got)
			}
		})
	}
}

// TestDigits checks Is, All and Value for every byte.
func TestDigits(t *testing.T) {
	for c := range 256 {
		b := byte(c)
		want := b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'
		if IsHexDigit(b) != want || IsHex([]byte{'0', b}) != want {
			t.Errorf("%q: got %v", b, IsHexDigit(b))
		}
	}
	for i, c := range []byte("0123456789abcdef") {
		if HexValue(c) != byte(i) {
			t.Errorf("Value(%q) = %d", c, HexValue(c))
		}
	}
	for i, c := range []byte("ABCDEF") {
		if HexValue(c) != byte(10+i) {
			t.Errorf("Value(%q) = %d", c, HexValue(c))
		}
	}
	if !IsHex("") {
		t.Error("All of the empty string is false, want true")
	}
}
