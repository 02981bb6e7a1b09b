package mark_test

import (
	"testing"

	"github.com/spectap/spectap/flow/redact/mark"
)

func TestNext(t *testing.T) {
	const one = "[redacted:jwt:0123456789]"
	for in, want := range map[string]string{
		"": "", "a": "", "[redacted:": "", "[redacted:odd:0123456789]": "", "[redacted:jwt:012345678g]": "",
		one: one, "a " + one + " b " + one: one, "[redacted:" + one: one,
	} {
		t.Run(in, func(t *testing.T) {
			start, end, ok := mark.Next(in)
			if in[start:end] != want || ok != (want != "") {
				t.Errorf("%d to %d, %v", start, end, ok)
			}
			if mark.Is(in) != (in == one) {
				t.Errorf("Is is %v", mark.Is(in))
			}
		})
	}
}

// TestAround finds a placeholder that a range touches, wherever the range starts and ends in it.
func TestAround(t *testing.T) {
	const one = "[redacted:secret:0123456789]"
	s := "a[b " + one + "c"
	at, end := len("a[b "), len("a[b ")+len(one)
	for from := range len(s) {
		for to := from + 1; to <= len(s); to++ {
			k, n := mark.Around(s, from, to)
			if want := from < end && to > at; (n > 0) != want || want && (k != at || n != len(one)) {
				t.Errorf("%d to %d: %d, %d", from, to, k, n)
			}
		}
	}
}
