package opsearch

import (
	"strconv"
	"strings"
	"testing"
)

// TestTermsOfLongText checks that the time for the words of a text is linear in their number: else
// this takes minutes.
func TestTermsOfLongText(t *testing.T) {
	var b strings.Builder
	for i := range 500_000 {
		b.WriteString(strconv.Itoa(i) + " ")
	}
	if got := len(Terms(b.String())); got != 500_000 {
		t.Errorf("%d words", got)
	}
}
