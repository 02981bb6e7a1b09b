package guard

import (
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for _, x := range []struct{ name, got, want string }{
		{"nobody", NoConsent.String(), ""},
		{"model", ByModel.String(), "model"},
		{"person", ByPerson.String(), "person"},
		{"refused", Refused.String(), "refused"},
		{"unknown consent", Consent(9).String(), ""},
		{"deny", Deny.String(), "deny"},
		{"hold", Hold.String(), "hold"},
		{"allow", Allow.String(), "allow"},
		{"unknown verdict", Verdict(9).String(), "deny"},
		{"digest", Digest{0x1, 0xab}.String(), "01ab" + strings.Repeat("00", 30)},
	} {
		t.Run(x.name, func(t *testing.T) {
			if x.got != x.want {
				t.Errorf("got %q, want %q", x.got, x.want)
			}
		})
	}
}
