package guard

import (
	"testing"
	"time"
)

func TestStates(t *testing.T) {
	now := time.Unix(0, 0)
	s := NewStates(time.Minute, func() time.Time { return now })
	d := DigestOf("a")
	state := s.Issue("p", "t", d)
	if again := s.Issue("p", "t", d); again == state || len(again) < 22 { // 128 bits in base64
		t.Errorf("issued %q after %q", again, state)
	}
	for _, x := range []struct {
		name, state, principal, tool string
		d                            Digest
	}{
		{"empty", "", "p", "t", d},
		{"other principal", state, "q", "t", d},
		{"other tool", state, "p", "u", d},
		{"other arguments", state, "p", "t", DigestOf("b")},
		{"longer", state + "A", "p", "t", d},
		{"shorter", state[1:], "p", "t", d},
		{"of another server", NewStates(0, nil).Issue("p", "t", d), "p", "t", d},
	} {
		t.Run(x.name, func(t *testing.T) {
			if s.Redeem(x.state, x.principal, x.tool, x.d) {
				t.Error("redeemed")
			}
		})
	}
	if !s.Redeem(state, "p", "t", d) {
		t.Fatal("not redeemed")
	}
	if s.Redeem(state, "p", "t", d) {
		t.Error("redeemed a second time")
	}
	state = s.Issue("p", "t", d)
	now = now.Add(time.Minute)
	if s.Redeem(state, "p", "t", d) {
		t.Error("redeemed after it expired")
	}
}
