package approval

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// TestLargeCalls lets a client hold as many large calls as it can. The file has room for those of
// others, and people can decide on them.
func TestLargeCalls(t *testing.T) {
	if testing.Short() {
		t.Skip("writes a large file many times")
	}
	b, err := Open(filepath.Join(t.TempDir(), "approvals.json"))
	must.Do(t, err)
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	large := func(i int) Call {
		r := &Request{Method: "POST", URL: "https://api.example/", Body: strings.Repeat("\x01", MaxArguments-100)} // six bytes each in the file
		return Call{Grant: "evil", Tool: "t", Arguments: fmt.Appendf(nil, `{"n":%d}`, i), Request: r}
	}
	held := 0
	for ; held < maxWaiting; held++ {
		if _, err = b.Ask(large(held), time.Hour, now); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrTooMuch) || held < 3 || held > 10 {
		t.Errorf("%d large calls are held, then: %v", held, err)
	}
	if _, err := b.Ask(Call{Grant: "evil", Tool: "small"}, time.Hour, now); err != nil {
		t.Errorf("a small call of the same client: %v", err)
	}
	h, err := b.Ask(Call{Grant: "other", Tool: "t"}, time.Hour, now)
	if err == nil {
		_, err = b.Decide(h.ID, h.Digest, Decision{By: "user:ann", Approve: true, Channel: Terminal}, now)
	}
	if err != nil {
		t.Errorf("a call of another client: %v", err)
	}
	denied, err := b.Get(firstOf(b, now, "evil").ID, now)
	if err == nil {
		_, err = b.Decide(denied.ID, denied.Digest, Decision{By: "user:ann", Channel: Terminal}, now)
	}
	must.Do(t, err)
	// Ended calls make room, but a denied call stays denied.
	now = now.Add(time.Minute)
	if _, err := b.Ask(large(held), time.Hour, now); !errors.Is(err, ErrTooMuch) {
		t.Errorf("after a denial: %v", err)
	}
	if h, err := b.Ask(denied.Call, time.Hour, now); err != nil || h.State != Denied {
		t.Errorf("the denied call is %s, %v", h.State, err)
	}
	now = now.Add(2 * time.Hour)
	for i := range 8 {
		must.Get(b.Ask(large(100+i), time.Minute, now))
		now = now.Add(2 * time.Minute)
	}
	all, err := b.List(now)
	if err != nil || len(all) > 10 {
		t.Errorf("%d calls are kept, %v", len(all), err)
	}
}

// firstOf returns the first held call of a grant.
func firstOf(b *Book, now time.Time, grant string) Held {
	all, _ := b.List(now)
	for _, h := range all {
		if h.Grant == grant {
			return h
		}
	}
	return Held{}
}
