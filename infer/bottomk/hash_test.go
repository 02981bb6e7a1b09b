package bottomk

import (
	"testing"
)

// TestHashIsFixed holds the results, because they are stored.
func TestHashIsFixed(t *testing.T) {
	for text, want := range map[string]uint64{
		"":                                  0xefd01f60ba992926,
		"a":                                 0x82a2a958a9bece5b,
		"id":                                0x1fec0f7f69fad036,
		"full_name":                         0xbb313d0e4366ab60,
		"0123456789abcdef0123456789abcdef":  0x26d521498b2056f3, // the longest text that is hashed byte by byte
		"0123456789abcdef0123456789abcdefg": 0xd9df758b726598e1,
		"0123456789abcdef0123456789abcdef01234567": 0xfa4e6197194b9aa4,
	} {
		if got := Hash(text); got != want {
			t.Errorf("Hash(%q) = %#x, want %#x", text, got, want)
		}
		if Hash([]byte(text)) != Hash(text) {
			t.Errorf("%q and its bytes differ", text)
		}
	}
	if got, want := Pair(1, 2), uint64(0xbf4fb27da415f659); got != want {
		t.Errorf("Pair(1, 2) = %#x, want %#x", got, want)
	}
	if got, want := Int(1), uint64(0xb456bcfc34c2cb2c); got != want {
		t.Errorf("Int(1) = %#x, want %#x", got, want)
	}
}

func TestPairIsOrdered(t *testing.T) {
	for _, p := range [][2]uint64{{1, 2}, {0, 1}, {Hash("a"), Hash("b")}} {
		if Pair(p[0], p[1]) == Pair(p[1], p[0]) {
			t.Errorf("Pair does not depend on the order of %v", p)
		}
	}
}
