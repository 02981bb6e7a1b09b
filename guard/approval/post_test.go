package approval

import (
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// A call is posted by one process at a time, with exponential backoff until it is delivered, and a
// bounded number of times.
func TestPosts(t *testing.T) {
	b := newBook(t)
	next := func(now time.Time) (Held, bool) {
		t.Helper()
		h, ok, err := b.NextPost(now)
		must.Do(t, err)
		return h, ok
	}
	if _, ok := next(noon); ok {
		t.Fatal("a post without a call")
	}
	asked := ask(t, b, payment(), noon)
	now, pause := noon, 2*time.Second
	for attempt := 1; attempt <= MaxPosts; attempt++ {
		h, ok := next(now)
		if !ok || h.ID != asked.ID || h.Post.Attempts != attempt {
			t.Fatalf("attempt %d: %v, %+v", attempt, ok, h.Post)
		}
		if _, ok := next(now.Add(PostTimeout)); ok {
			t.Fatal("another process tries during the attempt")
		}
		must.Do(t, b.Posted(h.ID, false, now))
		if _, ok := next(now.Add(pause - 1)); ok && attempt < MaxPosts {
			t.Fatalf("attempt %d comes sooner than %v after the one before", attempt+1, pause)
		}
		now, pause = now.Add(pause), 2*pause
	}
	if _, ok := next(now.Add(time.Minute)); ok {
		t.Error("there is one more attempt")
	}
	if took := now.Sub(noon); took != 1022*time.Second {
		t.Errorf("the attempts end after %v, not 17 minutes", took)
	}
}

// A process that dies during an attempt leaves it to the others. A call that is delivered, decided
// or expired is not posted again.
func TestPostsEnd(t *testing.T) {
	for name, end := range map[string]func(b *Book, h Held) time.Time{
		"told": func(b *Book, h Held) time.Time {
			must.Do(t, b.Posted(h.ID, true, noon))
			return noon.Add(time.Minute)
		},
		"decided": func(b *Book, h Held) time.Time { approve(t, b, h, "user:anna", noon); return noon.Add(time.Minute) },
		"expired": func(_ *Book, h Held) time.Time { return h.Expires },
		"died":    func(*Book, Held) time.Time { return noon.Add(PostTimeout + 2*time.Second) },
	} {
		b := newBook(t)
		ask(t, b, payment(), noon)
		h, ok, err := b.NextPost(noon)
		if !ok || err != nil {
			t.Fatal(ok, err)
		}
		now := end(b, h)
		if _, ok, err := b.NextPost(now); err != nil || ok != (name == "died") {
			t.Errorf("%s: told again: %v, %v", name, ok, err)
		}
	}
	if err := newBook(t).Posted("none", true, noon); err != nil {
		t.Errorf("a call that is forgotten: %v", err)
	}
}
