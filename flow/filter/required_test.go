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

func TestPieces(t *testing.T) {
	for _, tt := range []struct{ value, want string }{
		{"~[0-9]{16}", "[[0-9]{16}]"}, {"~[0-9]{10}", "[]"}, {"~[0-9a-z]{12}", "[[0-9a-z]{12}]"}, {"~.", "[]"}, {"~[a-z]+", "[]"}, {"order", "[]"},
		{`~"\d{16}"`, `["?[0-9]{16}"?]`}, {`~name":"[^"]*timeout`, `[name"?:?"? timeout]`}, {"~(?i)ABC[xyz]", "[(?i:ABC[X-Zx-z])]"},
		{`~^\bstate=(open|done)$`, "[state=?(?:open|done)]"}, {`~(secret|x)`, "[]"}, {`~zz*`, "[zz*]"}, {`~(ab]){2}yy`, "[yy]"}, {"~(", "[]"},
	} {
		if got := fmt.Sprint(pieces(tt.value)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.value, got, tt.want)
		}
	}
}
