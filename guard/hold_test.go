package guard

import (
	"encoding/json"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestHeldCalls(t *testing.T) {
	now := time.Unix(0, 0)
	h := HeldCalls{TTL: time.Minute, Max: 3, Now: func() time.Time { return now }}
	a, b := DigestOf("a"), DigestOf("b")
	h.Hold("p", "t", a)
	for _, x := range []struct {
		name, principal, tool string
		d                     Digest
	}{{"other principal", "q", "t", a}, {"other tool", "p", "u", a}, {"other arguments", "p", "t", b}} {
		t.Run(x.name, func(t *testing.T) {
			if h.Take(x.principal, x.tool, x.d) {
				t.Error("taken")
			}
		})
	}
	if !h.Take("p", "t", a) || h.Take("p", "t", a) {
		t.Error("not taken once")
	}
	h.Hold("p", "t", a)
	h.Hold("p", "t", a)
	if n := h.Len(); n != 1 {
		t.Errorf("%d held after the same call twice", n)
	}
	if !h.Take("p", "t", a) || h.Take("p", "t", a) {
		t.Error("a call that was held twice was not taken once")
	}
	h.Hold("p", "t", a)
	now = now.Add(time.Minute)
	if h.Take("p", "t", a) {
		t.Error("taken after it expired")
	}
	for i := range 10 {
		h.Hold("p", "t", DigestOf(json.Number(string(rune('0'+i)))))
	}
	if n := h.Len(); n != 3 {
		t.Errorf("%d held, want at most 3", n)
	}
}

func TestHeldCallsConcurrently(t *testing.T) {
	var h HeldCalls
	for range 200 {
		h.Hold("p", "t", Digest{})
		var taken atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if h.Take("p", "t", Digest{}) {
					taken.Add(1)
				}
			})
		}
		wg.Wait()
		if taken.Load() != 1 {
			t.Fatalf("taken %d times", taken.Load())
		}
	}
}

// TestHeldCallsPerPrincipal: a principal with many held calls evicts its own, not those of another.
func TestHeldCallsPerPrincipal(t *testing.T) {
	digest := func(n int) Digest { return DigestOf(json.Number(strconv.Itoa(n))) }
	t.Run("one principal", func(t *testing.T) {
		var h HeldCalls
		h.Hold("alice", "t", digest(0))
		for n := range 1100 {
			h.Hold("mallory", "t", digest(n))
		}
		if n := h.Len(); n != 64+1 {
			t.Errorf("%d held", n)
		}
		if h.Take("mallory", "t", digest(0)) || !h.Take("mallory", "t", digest(1099)) {
			t.Error("not the oldest call was evicted")
		}
		if !h.Take("alice", "t", digest(0)) {
			t.Error("alice lost her call")
		}
	})
	t.Run("many principals", func(t *testing.T) {
		var h HeldCalls
		h.Hold("alice", "t", digest(0))
		for p := range 20 {
			for n := range 100 {
				h.Hold("mallory"+strconv.Itoa(p), "t", digest(n))
			}
		}
		if n := h.Len(); n != 1024 {
			t.Errorf("%d held", n)
		}
		if !h.Take("alice", "t", digest(0)) {
			t.Error("alice lost her call")
		}
	})
	t.Run("own bounds", func(t *testing.T) {
		h := HeldCalls{Max: 5, MaxPerPrincipal: 2}
		for _, p := range []string{"a", "b", "c"} {
			for n := range 3 {
				h.Hold(p, "t", digest(n))
			}
		}
		if n := h.Len(); n != 5 {
			t.Errorf("%d held", n)
		}
		if h.Take("a", "t", digest(1)) || !h.Take("a", "t", digest(2)) || !h.Take("c", "t", digest(2)) {
			t.Error("not the oldest call of the first principal with most calls was evicted")
		}
	})
	t.Run("bounds of one", func(t *testing.T) {
		all, each := HeldCalls{Max: 1}, HeldCalls{MaxPerPrincipal: 1}
		for _, p := range []string{"a", "b"} {
			all.Hold(p, "t", digest(0))
			each.Hold(p, "t", digest(0))
			each.Hold(p, "t", digest(1))
		}
		if all.Len() != 1 || !all.Take("b", "t", digest(0)) || each.Len() != 2 || !each.Take("a", "t", digest(1)) || !each.Take("b", "t", digest(1)) {
			t.Errorf("%d are held of one call, and %d of one for each principal", all.Len(), each.Len())
		}
	})
	t.Run("states", func(t *testing.T) {
		s := new(HeldCalls)
		alice := s.Issue("alice", "t", digest(0))
		for n := range 1100 {
			s.Issue("mallory", "t", digest(n))
		}
		if !s.Redeem(alice, "alice", "t", digest(0)) {
			t.Error("alice lost her state")
		}
	})
}

// TestStates checks that a state is redeemed for the identical call only, and once. A call without
// a state cannot be redeemed.
func TestStates(t *testing.T) {
	now := time.Unix(0, 0)
	s := &HeldCalls{TTL: time.Minute, Now: func() time.Time { return now }}
	d := DigestOf("a")
	s.Hold("p", "t", d)
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
		{"of another server", new(HeldCalls).Issue("p", "t", d), "p", "t", d},
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
