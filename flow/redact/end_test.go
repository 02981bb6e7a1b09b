package redact_test

import (
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
