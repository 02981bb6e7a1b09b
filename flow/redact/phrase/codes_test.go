package phrase

import "testing"

// TestCodeOfCompany finds codes after the word code and the name of who sent it.
func TestCodeOfCompany(t *testing.T) {
	checkFinder(t, Code, []string{
		"your ‹code›: «482913»", "Your ‹code› is «4829»", "This ‹code›: «48291305»", "Your X ‹code›: «482913»",
		"your Acme ‹code›: «482913»",
		"your Acme Bank ‹code› is «482913»", "Your ‹code›:<b>«482913»</b>", "Enter the ‹code› below:\n«482913»\n",
		"Enter the ‹code›, please:\r\n\r\n«482913»",
		"our Acme ‹code›: 482913", "your acme ‹code›: 482913", "your Acme Big Bank ‹code›: 482913", "Your ZIP ‹code›: 48291",
		"Your QR ‹code›: 482913",
		"your Area ‹code›: 4829", "Acme ‹code›: 482913", " ‹code›: 482913", "your  ‹code›: 482913", "Your ‹code› 482913",
		"Your ‹code›: 482",
		"Your ‹code›: 482913051", "Your ‹code›: 482913a", "Your ‹code›: 4829-1", "Your ‹code›: 4829/1",
		"Enter the ‹code› below:\n482913 x",
		"‹code› below:\n482913", "Your ‹mode›: 482913", "Your ‹code›",
	})
}

// TestIsGroupedCode tells codes in groups from other values with hyphens.
func TestIsGroupedCode(t *testing.T) {
	for v, want := range map[string]bool{
		"abc-de1": true, "abcd1-efgh2": true, "ABCDE1-FGHIJ2": true, "a1b-cde-fgh-ijk-lmn-opq": true, "abcde1-abcdef-abcdef-abcdef-abcdef-abcdef": true,
		"": false, "abc": false, "ab1": false, "ab-c1": false, "abc-def": false, "abc-d1": false, "abc-de1f": false, "abc-d-1": false,
		"abcdef1-abcdefg": false, "a1b-cde-fgh-ijk-lmn-opq-rst": false, "abcde1-abcdef-abcdef-abcdef-abcdef-abcdef-abcdef": false,
	} {
		if got := IsGroupedCode(v); got != want {
			t.Errorf("%q: %t", v, got)
		}
	}
}
