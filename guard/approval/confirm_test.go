package approval

import (
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
)

// confirmation returns a call of a caller that waits for a confirmation.
func confirmation(caller string, n int) Call {
	return Call{Grant: "agent", GrantID: caller, Tool: "t", Once: true, Effect: "digest " + strconv.Itoa(n)}
}

// take finds a call and ends its wait, as a caller does that confirms it.
func take(t interface {
	Helper()
	Fatal(...any)
}, b *Book, c Call, now time.Time) bool {
	t.Helper()
	h, ok, err := b.Find(c, now)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return false
	}
	return must.Get(b.Take(h.ID, now))
}

func count(t *testing.T, b *Book, now time.Time) int {
	t.Helper()
	all := must.Get(b.List(now))
	return len(all)
}

// TestConfirmations checks that the identical call alone is taken, once, and not after its time.
func TestConfirmations(t *testing.T) {
	for name, b := range map[string]*Book{"memory": New(), "file": newBook(t)} {
		t.Run(name, func(t *testing.T) {
			now, a := noon, confirmation("p", 1)
			first := ask(t, b, a, now)
			if b.IsShared() != (name == "file") || len(first.ID) < 10 || !b.IsShared() && len(first.ID) < 26 { // 128 bits in base32
				t.Errorf("shared %t, id %s", b.IsShared(), first.ID)
			}
			for what, change := range map[string]func(*Call){
				"name": func(c *Call) { c.Grant = "other" }, "caller": func(c *Call) { c.GrantID = "q" }, "server": func(c *Call) { c.Server = "s" },
				"tool": func(c *Call) { c.Tool = "u" }, "digest": func(c *Call) { c.Effect = "digest 2" },
			} {
				other := a
				if change(&other); take(t, b, other, now) {
					t.Errorf("taken for another %s", what)
				}
			}
			for _, id := range []string{"", first.ID[1:], first.ID + "A"} {
				if taken, err := b.Take(id, now); taken || err != nil {
					t.Errorf("took %q: %v", id, err)
				}
			}
			if again := ask(t, b, a, now); again.ID != first.ID {
				t.Error("the same call is held twice")
			}
			if !take(t, b, a, now) || take(t, b, a, now) {
				t.Error("not taken once")
			}
			if again := ask(t, b, a, now); again.ID == first.ID {
				t.Error("an id is used again")
			}
			if now = now.Add(time.Hour - 1); !take(t, b, a, now) {
				t.Error("not taken in time")
			}
			ask(t, b, a, now)
			if now = now.Add(time.Hour); take(t, b, a, now) {
				t.Error("taken after it expired")
			}
			denied := ask(t, b, a, now)
			must.Get(b.Decide(denied.ID, denied.Digest, Decision{By: "user:bo", Channel: Terminal}, now))
			if take(t, b, a, now) {
				t.Error("taken though a person has denied it")
			}
			now = now.Add(time.Hour) // a denial lasts as long as the hold
			approve(t, b, ask(t, b, a, now), "user:bo", now)
			if take(t, b, a, now) {
				t.Error("a decision is taken as a confirmation")
			}
			if h, ok, err := b.Find(a, now); err != nil || !ok || !use(t, b, h.ID, now) || use(t, b, h.ID, now) {
				t.Errorf("an approval is not used once: %v", err)
			}
		})
	}
}

func TestConfirmationsConcurrently(t *testing.T) {
	b := New()
	for range 200 {
		h := ask(t, b, confirmation("p", 1), noon)
		var taken atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if ok, _ := b.Take(h.ID, noon); ok {
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

// TestConfirmationsPerCaller: a caller with many held calls evicts its own, not those of another.
func TestConfirmationsPerCaller(t *testing.T) {
	t.Run("one caller", func(t *testing.T) {
		b := New()
		ask(t, b, confirmation("alice", 0), noon)
		for n := range 1100 {
			ask(t, b, confirmation("mallory", n), noon)
		}
		if n := count(t, b, noon); n != 64+1 {
			t.Errorf("%d are held", n)
		}
		if take(t, b, confirmation("mallory", 1100-65), noon) || !take(t, b, confirmation("mallory", 1100-64), noon) {
			t.Error("not the oldest call was evicted")
		}
		if !take(t, b, confirmation("alice", 0), noon) {
			t.Error("alice lost her call")
		}
	})
	t.Run("many callers", func(t *testing.T) {
		b := New()
		ask(t, b, confirmation("alice", 0), noon)
		for p := range 20 {
			for n := range 70 {
				ask(t, b, confirmation("mallory"+strconv.Itoa(p), n), noon)
			}
		}
		if n := count(t, b, noon); n != 1024 {
			t.Errorf("%d are held", n)
		}
		if !take(t, b, confirmation("alice", 0), noon) || !take(t, b, confirmation("mallory19", 69), noon) {
			t.Error("alice lost her call, or the newest is not held")
		}
	})
	t.Run("a file", func(t *testing.T) { // which people read: nothing is evicted
		b := open(t, filepath.Join(t.TempDir(), "approvals.json"))
		for n := range 66 {
			ask(t, b, confirmation("mallory", n), noon)
		}
		if !take(t, b, confirmation("mallory", 0), noon) {
			t.Error("a call was evicted")
		}
	})
}

// TestConfirmationLaws compares a book with a map under random calls: each hold lets one taker
// through, its caller only, until it expires.
func TestConfirmationLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type key struct {
			caller string
			n      int
		}
		b, now, expires := New(), noon, map[key]time.Time{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			k := key{rapid.SampledFrom([]string{"a", "b"}).Draw(t, "caller"), rapid.IntRange(0, 2).Draw(t, "call")}
			c := confirmation(k.caller, k.n)
			isHeld := now.Before(expires[k])
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				must.Get(b.Ask(c, time.Minute, now))
				expires[k] = now.Add(time.Minute) // who asks again has as much time
			case 1:
				if taken := take(t, b, c, now); taken != isHeld {
					t.Fatalf("%v: taken %t, want %t", k, taken, isHeld)
				}
				delete(expires, k)
			case 2:
				now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "seconds")) * time.Second)
			}
		}
	})
}
