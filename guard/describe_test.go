package guard

import (
	"strings"
	"testing"
)

func TestDescribeBody(t *testing.T) {
	png := "\x89PNG\x00\x01\x02\xff\xfe\x03\x04\x05"
	for _, tt := range []struct{ name, body, want string }{
		{"none", "", ""},
		{"text", "pay 5 to bob\n", `: pay 5 to bob\x0a`},
		{"text that hides", "pay\u202e 5\u200b to \x7fbob\U000e0041", `: pay\u202e 5\u200b to \x7fbob\U000e0041`},
		{"escape sequence", "pay 500 to bob, and much more text\x1b[2J", ` with the SHA-256 digest 463c`},
		{"bytes", png, ` with the SHA-256 digest`},
		{"long text", strings.Repeat("a", 100) + "END", ": " + strings.Repeat("a", 30) + " … (63 characters are not shown) … aaaaaaaEND"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := DescribeBody([]byte(tt.body), 40)
			if tt.name != "bytes" && tt.name != "escape sequence" && got != tt.want || !strings.HasPrefix(got, tt.want[:min(len(tt.want), 24)]) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if got := DescribeBody([]byte(png), 40); !strings.HasSuffix(got, " that begin in hexadecimal with 89504e47000102fffe030405") {
		t.Errorf("got %q", got)
	}
	if got := DescribeBody([]byte("pay 500 to bob, and much more text\x1b[2J"), 60); !strings.HasSuffix(got, `: pay 500 to bob, and much more text\x1b[2J`) {
		t.Errorf("got %q", got)
	}
	if got := DescribeBody([]byte(strings.Repeat("\x00", 1000)), 40); !strings.HasSuffix(got, " with "+strings.Repeat("00", maxHex)) {
		t.Errorf("got %q", got)
	}
}
