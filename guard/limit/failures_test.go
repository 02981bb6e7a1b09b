package limit

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/policy"
)

func openLedger(t *testing.T, path string) *Ledger {
	t.Helper()
	l, err := OpenLedger(path, start)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// compact compacts the journal of a ledger now.
func compact(l *Ledger) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.journal.compact(l.windows)
}

// A journal that cannot be compacted goes on as it is, and nothing is left beside it.
func TestCompactionFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "limits")
	l := openLedger(t, path)
	for range 3 {
		if err := l.Reserve(start, one("k", 9)); err != nil {
			t.Fatal(err)
		}
	}
	size := l.journal.size
	moved := dir + "-moved" // so that no file can be made beside it
	if err := os.Rename(dir, moved); err != nil {
		t.Fatal(err)
	}
	compact(l)
	if l.journal.size != size || l.journal.base != size {
		t.Errorf("%d bytes, %d after the compaction, want %d", l.journal.size, l.journal.base, size)
	}
	if err := l.Reserve(start, one("k", 9)); err != nil {
		t.Error(err)
	}
	if err := os.Rename(moved, dir); err != nil {
		t.Fatal(err)
	}
	compact(l)
	if err := l.Reserve(start, one("k", 9)); err != nil {
		t.Error(err)
	}
	l.Close()
	if again := openLedger(t, path); again.Check(start, one("k", 5)) == nil || again.Check(start, one("k", 6)) != nil {
		t.Error("not five calls are counted")
	}
}

// A compacted journal has the window of each counter, and nothing of sessions.
func TestCompactedContent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "limits")
	l := openLedger(t, path)
	day := policy.Charge{Key: "day", Amount: policy.One, Max: 2 * policy.One, Window: 24 * time.Hour}
	for _, charges := range [][]policy.Charge{one("minute", 1), {day}, session("s/a", 1)} {
		if err := l.Reserve(start, charges); err != nil {
			t.Fatal(err)
		}
	}
	compact(l)
	if info, err := os.Stat(path); err != nil || info.Size() != l.journal.size || l.journal.base != info.Size() {
		t.Errorf("%v: %d bytes are counted", info, l.journal.size)
	}
	if l.Check(start, session("s/a", 1)) == nil {
		t.Error("the counter of a session is forgotten")
	}
	l.Close()
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), "s/a") || strings.Count(string(text), "\n") != 2 {
		t.Errorf("%v: %s", err, text)
	}
	again := openLedger(t, path)
	day.Amount = 2 * policy.One
	if again.Check(start.Add(24*time.Hour-1), []policy.Charge{day}) == nil || again.Check(start.Add(24*time.Hour), []policy.Charge{day}) != nil {
		t.Error("the window of a day has another length")
	}
	if again.Check(start.Add(time.Minute-1), one("minute", 1)) == nil || again.Check(start.Add(time.Minute), one("minute", 1)) != nil {
		t.Error("the window of a minute has another length")
	}
}

// A refusal says which limit refused, and for how long.
func TestRefusalNamesItsLimit(t *testing.T) {
	var l Ledger
	wide := policy.Charge{Key: "w", Amount: policy.One, Max: 9 * policy.One, Window: time.Hour, Rule: "/wide"}
	narrow := policy.Charge{Key: "n", Amount: policy.One, Max: policy.One, Window: time.Minute, Rule: "/narrow"}
	if err := l.Reserve(start, []policy.Charge{wide, narrow}); err != nil {
		t.Fatal(err)
	}
	var r *Refusal
	err := l.Reserve(start.Add(20*time.Second), []policy.Charge{wide, narrow})
	if !errors.As(err, &r) || r.Charge.Rule != "/narrow" || r.RetryAfter != 40*time.Second || r.Error() != narrow.Refusal(40*time.Second) {
		t.Errorf("%v", err)
	}
	wide.Amount = 8 * policy.One // the refused call used nothing of it
	if err := l.Reserve(start.Add(20*time.Second), []policy.Charge{wide}); err != nil {
		t.Error(err)
	}
	wide.Amount, wide.Max = 10*policy.One, 9*policy.One
	if err := l.Reserve(start.Add(48*time.Hour), []policy.Charge{wide}); !errors.As(err, &r) || r.Charge.Rule != "/wide" || r.RetryAfter != time.Hour {
		t.Errorf("a charge larger than its limit: %v", err)
	}
}
