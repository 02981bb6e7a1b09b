package session

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// enter taints a session as a guard does.
func enter(t *testing.T, b *Book, w Who, window time.Duration, now time.Time, taints ...string) {
	t.Helper()
	_, version := b.Look(w, "s", false, now)
	if ok, err := b.Enter(w, version, taints, window, now); !ok || err != nil {
		t.Fatal(ok, err)
	}
}

func taints(b *Book, w Who, wide bool, now time.Time) string {
	s, _ := b.Look(w, "s", wide, now)
	return strings.Join(s.Taints, " ")
}

func TestTaintsOutliveTheirSession(t *testing.T) {
	b := NewBook()
	first, second, other := Who{"a", "1"}, Who{"a", "2"}, Who{"b", "1"}
	enter(t, b, first, time.Hour, noon, "web")
	for _, c := range []struct {
		w    Who
		wide bool
		at   time.Duration
		want string
	}{
		{first, false, 0, "web"},
		{first, false, 100 * time.Hour, "web"}, // as long as it lives
		{second, false, 0, ""},
		{second, true, 0, "web"},
		{second, true, time.Hour, "web"},
		{second, true, time.Hour + grace, ""},
		{other, true, 0, ""},
	} {
		if got := taints(b, c.w, c.wide, noon.Add(c.at)); got != c.want {
			t.Errorf("%v wide %v after %v: %q, want %q", c.w, c.wide, c.at, got, c.want)
		}
	}
	b.End(first, noon)
	if taints(b, first, false, noon) != "" || taints(b, first, true, noon) != "web" {
		t.Error("the end of a session is wrong")
	}
	enter(t, b, second, 0, noon, "alone")
	if got := taints(b, first, true, noon); got != "web" {
		t.Errorf("a taint left its session: %q", got)
	}
}

// TestEnterSeesChanges races calls that taint with calls that must not come after one. In no order
// do both a taint and an untainted decision succeed, unless the decision was entered first.
func TestEnterSeesChanges(t *testing.T) {
	for range 200 {
		b := NewBook()
		w := Who{"a", "1"}
		var tainted atomic.Bool
		var work sync.WaitGroup
		work.Go(func() {
			enter(t, b, w, time.Hour, noon, "web")
			tainted.Store(true)
		})
		for range 3 {
			work.Go(func() {
				after := tainted.Load()
				s, version := b.Look(w, "s", true, noon)
				clean := len(s.Taints) == 0
				entered, err := b.Enter(w, version, nil, time.Hour, noon)
				if err != nil || clean && entered && after {
					t.Error("a call after the taint was decided without it", err)
				}
			})
		}
		work.Wait()
		s, version := b.Look(w, "s", true, noon)
		if len(s.Taints) != 1 {
			t.Fatal("the taint is lost")
		}
		if ok, _ := b.Enter(w, version-1, nil, time.Hour, noon); ok {
			t.Fatal("an old decision was entered")
		}
	}
}

func TestRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.taints")
	b := must.Get(Open(path))
	enter(t, b, Who{"a", "1"}, time.Hour, noon, "web")
	enter(t, b, Who{"b", "1"}, 0, noon, "alone")
	b = must.Get(Open(path))
	if got := taints(b, Who{"a", "2"}, true, noon.Add(time.Hour)); got != "web" {
		t.Errorf("after a restart: %q", got)
	}
	if got := taints(b, Who{"b", "2"}, true, noon); got != "" {
		t.Errorf("a taint left its session: %q", got)
	}
	before, _ := os.Stat(path)
	enter(t, b, Who{"a", "2"}, time.Hour, noon.Add(grace/2), "web")
	if after, _ := os.Stat(path); !os.SameFile(before, after) {
		t.Error("each taint writes the file")
	}
	enter(t, b, Who{"a", "2"}, time.Hour, noon.Add(3*time.Hour), "other")
	if text, _ := os.ReadFile(path); strings.Contains(string(text), "web") {
		t.Error("what has expired stays in the file")
	}
}

// A taint that cannot be kept must not be forwarded.
func TestFileFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state.taints")
	b := must.Get(Open(path))
	must.Do(t, os.Mkdir(path, 0o700))
	if ok, err := b.Enter(Who{"a", "1"}, 0, []string{"web"}, time.Hour, noon); ok || err == nil {
		t.Error("a taint that is not in the file was entered")
	}
	if _, err := Open(path); err == nil {
		t.Error("a folder is a file of taints")
	}
}
