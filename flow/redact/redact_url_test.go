package redact_test

import (
	"testing"

	"github.com/spectap/spectap/flow/redact"
)

// TestURL redacts each part of a URL as what it is.
func TestURL(t *testing.T) {
	random := letters(32)
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"/", ""},
		{"https://h.example", ""},
		{"https://h.example/a/b?c=d#e", ""},
		{"https://u:p@h.example", "https://u:[redacted:secret:*]@h.example"},
		{"https://u:p@h.example/a", "https://u:[redacted:secret:*]@h.example/a"},
		{"https://" + random + ".h.example/a", "https://[redacted:secret:*]/a"},
		{"/reset/token/swordfish7x", "/reset/token/[redacted:secret:*]"},
		{"https://h.example/reset/token/swordfish7x/a", "https://h.example/reset/token/[redacted:secret:*]/a"},
		{"//h.example/reset/token/swordfish7x", "//h.example/reset/token/[redacted:secret:*]"},
		{"/a?token=abc&b=c", "/a?token=[redacted:secret:*]&b=c"},
		{"?token=abc", "?token=[redacted:secret:*]"},
		{"/a#access_token=abc&b=c", "/a#access_token=[redacted:secret:*]&b=c"},
		{"/a?b=c#token=abc", "/a?b=c#token=[redacted:secret:*]"},
		{"/a?#", ""},
		{"/users/joe@example.com?to=ann@example.com", "/users/[redacted:email:*]?to=[redacted:email:*]"},
	} {
		t.Run(tt.in, func(t *testing.T) {
			want := tt.want
			if want == "" {
				want = tt.in
			}
			got := red.URL(tt.in)
			if stars(got) != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if again := red.URL(got); again != got {
				t.Errorf("redacting twice differs from once: %s, %s", got, again)
			}
		})
	}
}

// TestRandomBase64ByName checks that random base64 with slashes is a secret, unless its name is
// that of an identifier, and that it needs a length and few slashes.
func TestRandomBase64ByName(t *testing.T) {
	value := letters(20) + "/" + letters(31)[20:]
	for _, tt := range []struct {
		name, value string
		want        bool
	}{
		{"note", value, true},
		{"id", value, false},
		{"etag", value, false},
		{"note", value[:31], false},
		{"note", "/" + value[1:], false},
		{"note", "aZ3/kP9/qR7/tY2/wE5/uI8/oL1/mN4/bV6", false},
		{"note", "users/groups/settings/permissions", false},
	} {
		if got := redact.IsSensitive(tt.name, tt.value); got != tt.want || (red.Value(tt.name, tt.value) != tt.value) != tt.want {
			t.Errorf("%s: %s: %t, want %t", tt.name, tt.value, got, tt.want)
		}
	}
}
