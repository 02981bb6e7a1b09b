package guard

import (
	"errors"
	"testing"
	"time"
)

func TestSigner(t *testing.T) {
	now := time.Unix(0, 0)
	s := NewSigner(time.Minute, func() time.Time { return now })
	d := DigestOf("a")
	state := s.Issue("p", "t", d)
	other := NewSigner(0, nil)
	for _, x := range []struct {
		name string
		err  error
	}{
		{"empty", s.Redeem("", "p", "t", d)},
		{"not base64", s.Redeem("!!", "p", "t", d)},
		{"other principal", s.Redeem(state, "q", "t", d)},
		{"other tool", s.Redeem(state, "p", "u", d)},
		{"other arguments", s.Redeem(state, "p", "t", DigestOf("b"))},
		{"longer", s.Redeem(state+"AA", "p", "t", d)},
		{"of another process", other.Redeem(state, "p", "t", d)},
	} {
		t.Run(x.name, func(t *testing.T) {
			if !errors.Is(x.err, ErrState) {
				t.Errorf("got %v", x.err)
			}
		})
	}
	if err := s.Redeem(state, "p", "t", d); err != nil {
		t.Fatal(err)
	}
	if err := s.Redeem(state, "p", "t", d); !errors.Is(err, ErrState) {
		t.Errorf("a second time: %v", err)
	}
	state = s.Issue("p", "t", d)
	now = now.Add(time.Minute)
	if err := s.Redeem(state, "p", "t", d); !errors.Is(err, ErrState) {
		t.Errorf("too late: %v", err)
	}
}
