package certs

import (
	"crypto/tls"
	"errors"
	"strconv"
	"testing"
)

// TestCacheBound checks that the cache keeps the most recently used leaves, at most as many as its
// bound, and no failures.
func TestCacheBound(t *testing.T) {
	c := newCache(3)
	minted := 0
	use := func(key string) {
		t.Helper()
		want := new(tls.Certificate)
		got, err := c.get(key, func(*tls.Certificate) bool { return true }, func() (*tls.Certificate, error) {
			minted++
			return want, nil
		})
		if err != nil || got == nil {
			t.Fatalf("%s: %v, %v", key, got, err)
		}
	}
	for i := range 100 {
		use(strconv.Itoa(i))
		if len(c.entries) != c.order.Len() || len(c.entries) > 3 {
			t.Fatalf("%d leaves, %d in order, want at most 3", len(c.entries), c.order.Len())
		}
	}
	if minted != 100 || len(c.entries) != 3 {
		t.Fatalf("%d minted, %d kept", minted, len(c.entries))
	}
	for _, step := range []struct {
		key   string
		mints int
	}{{"97", 0}, {"98", 0}, {"99", 0}, {"97", 0}, {"new", 1}, {"97", 0}, {"99", 0}, {"98", 1}, {"new", 1}} {
		before := minted
		use(step.key)
		if minted-before != step.mints {
			t.Errorf("%s: minted %d times, want %d", step.key, minted-before, step.mints)
		}
	}
	failure := errors.New("no")
	for range 2 {
		tried := false
		if _, err := c.get("bad", nil, func() (*tls.Certificate, error) { tried = true; return nil, failure }); err != failure || !tried {
			t.Errorf("a failure: %v, tried %v", err, tried)
		}
		if _, ok := c.entries["bad"]; ok || c.order.Len() != 2 {
			t.Errorf("%d leaves after a failure", c.order.Len())
		}
		use("97")
	}
}
