package filter

import (
	"fmt"
	"testing"
)

func TestRequired(t *testing.T) {
	for _, tt := range []struct{ value, want string }{
		{"order", "[order]"}, {"a/b", "[]"}, {"secret", "[]"}, {"~zz+top", "[top]"}, {"~(?i)invoice-[0-9]{6}", "[INVOICE-]"},
		{"~(?i)milestones", "[MILE]"}, {"~milestones", "[milestones]"}, {"~[0-9]{16}", "[]"}, {"~(alpha|beta)x", "[alpha beta]"},
		{"~(alpha|b)c", "[]"}, {"~(alpha|b)gamma", "[gamma]"}, {"~(alpha)*", "[]"}, {"~(alpha){2,}", "[alpha]"}, {"~alpha?", "[alph]"},
		{"~redacted:secret", "[]"}, {"~^\\bname\\b", "[name]"}, {"~\"order\":\"x", "[order]"}, {"~(", "[]"}, {"~", "[]"},
	} {
		if got := fmt.Sprint(required(tt.value)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.value, got, tt.want)
		}
	}
}
