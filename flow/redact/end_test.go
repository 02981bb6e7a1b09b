package redact_test

import (
	"strings"
	"testing"
)

// TestTextEnds redacts text that ends where a finder looks for the next word.
func TestTextEnds(t *testing.T) {
	for _, s := range []string{"password is", "password is ", "the password has been set to", "password ", "new password is now"} {
		for n := range len(s) + 1 {
			if got := red.Text(s[:n]); got != s[:n] {
				t.Errorf("%q became %q", s[:n], got)
			}
		}
	}
}

// TestBlanksAtTheEnd checks that JSON which breaks off within blanks, after anything, is read to its
// end and no further.
func TestBlanksAtTheEnd(t *testing.T) {
	whole := `{"value": "x" , "name" : "password" , "list" : [ "password" , "x" ] , "old" : 1 , "code" : "abc" }`
	for i := range len(whole) {
		for _, blanks := range []string{" ", "\n\t "} {
			in := whole[:i] + blanks
			if got := string(red.JSON([]byte(in))); len(got) < i || strings.TrimSpace(got) == "" && i > 0 {
				t.Errorf("%q becomes %q", in, got)
			}
		}
	}
}
