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

// TestDescribeBodyThatIsNotAllText checks that a body is shown as text if at least 80 percent of its
// characters are, and in hexadecimal otherwise.
func TestDescribeBodyThatIsNotAllText(t *testing.T) {
	const hex = " that begin in hexadecimal with "
	for _, tt := range []struct{ name, body, want string }{
		{"80 percent", "textmore\x00\x00", `: textmore\x00\x00`},
		{"85 percent", "textmoretextmoret\x00\x00\x00", `: textmoretextmoret\x00\x00\x00`},
		{"79 percent", "textmoretextmor\x00\x00\x00\x00", hex + "746578746d6f7265746578746d6f7200000000"},
		{"another charset", "caf\xe9", hex + "636166e9"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := DescribeBody([]byte(tt.body), 40)
			if !strings.HasPrefix(got, " with the SHA-256 digest ") || !strings.HasSuffix(got, tt.want) {
				t.Errorf("got %q, want %q behind the digest", got, tt.want)
			}
		})
	}
}

// TestExcerpt checks that text is shortened only beyond the limit, and that no character of the
// ends is lost or repeated.
func TestExcerpt(t *testing.T) {
	for text, want := range map[string]string{
		"":             "",
		"äbcdefgh":     "äbcdefgh",
		"äbcdefghi":    "äbcdef … (1 characters are not shown) … hi",
		"a\nb":         `a\x0ab`,
		"äbcdefghijkl": "äbcdef … (4 characters are not shown) … kl",
	} {
		if got := Excerpt(text, 8); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestIsText checks which bodies are text.
func TestIsText(t *testing.T) {
	for body, want := range map[string]bool{
		"": true, "a b": true, "a\tb\r\nc": true, "äß": true, "a\x00": false, "a\x1b": false, "caf\xe9": false, "a\ufffd": false,
	} {
		if got := IsText([]byte(body)); got != want {
			t.Errorf("%q: %v", body, got)
		}
		shown := DescribeBody([]byte(body), 40)
		if isShown := !strings.Contains(shown, "SHA-256"); isShown != want {
			t.Errorf("%q is described by %q", body, shown)
		}
	}
}
