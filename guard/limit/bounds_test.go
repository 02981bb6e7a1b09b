package limit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/policy"
)

func session(key string, most int) []policy.Charge {
	return []policy.Charge{{Key: key, Amount: policy.One, Max: policy.Amount(most) * policy.One, Session: true}}
}

// The counters of a session live in memory, and end with it; those of others stay.
func TestSessions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "limits")
	l, err := OpenLedger(path, start)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, charges := range [][]policy.Charge{session("s1/a", 1), session("s1/b", 1), session("s2/a", 1), one("s1/kept", 1)} {
		if err := l.Reserve(start, charges); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"s1/a", "s2/a"} {
		if l.Reserve(start.Add(time.Hour), session(key, 1)) == nil {
			t.Errorf("%s: an hour resets a session", key)
		}
	}
	l.EndSession("s1/")
	for key, fits := range map[string]bool{"s1/a": true, "s1/b": true, "s2/a": false} {
		if err := l.Check(start, session(key, 1)); (err == nil) != fits {
			t.Errorf("%s after the end of s1: %v", key, err)
		}
	}
	if l.Check(start, one("s1/kept", 1)) == nil {
		t.Error("a counter that is no session's has ended")
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Count(string(text), "\n") != 1 || strings.Contains(string(text), "s1/a") {
		t.Errorf("%v, the file has\n%s", err, text)
	}
}

// A line that no ledger writes is damage, whatever is wrong with it. What a ledger can write is
// read.
func TestLinesOfTheJournal(t *testing.T) {
	entry := func(amount, window any) string {
		return fmt.Sprintf(`{"at":1,"charges":[{"key":"k","amount":%v,"window":%v}]}`, amount, window)
	}
	longest := int64(policy.MaxWindow / time.Second)
	for line, fine := range map[string]bool{
		entry(0, 1): true, entry(int64(policy.MaxAmount), longest): true, entry(-1, 1): false, entry(int64(policy.MaxAmount)+1, 1): false,
		entry(1, 0): false, entry(1, -1): false, entry(1, longest+1): false, `{"at":0,"charges":[{"key":"k","amount":1,"window":1}]}`: false,
		`{"at":1,"charges":[]}`: false, "{": false, "": false,
		`{"at":1,"charges":[{"key":"` + strings.Repeat("k", 1<<20-100) + `","amount":1,"window":1}]}`: true,
		`{"at":1,"charges":[{"key":"` + strings.Repeat("k", 1<<20) + `","amount":1,"window":1}]}`:     false,
	} {
		path := filepath.Join(t.TempDir(), "limits")
		if err := os.WriteFile(path, []byte(entry(1, 1)+"\n"+line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := OpenLedger(path, start)
		if (err == nil) != fine || !fine && !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%.60s: %v", line, err)
		}
		if l != nil {
			l.Close()
		}
	}
}

// Charges from before the clock was set back count until their own window has passed, in whatever
// order they came; so do those that were merged.
func TestOrderOfCharges(t *testing.T) {
	var l Ledger
	for _, second := range []int{30, 10, 20, 10, 40} {
		if err := l.Reserve(start.Add(time.Duration(second)*time.Second), one("k", 9)); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ second, left int }{{40, 4}, {69, 4}, {70, 6}, {80, 7}, {90, 8}, {100, 9}} {
		now := start.Add(time.Duration(tt.second) * time.Second)
		fits := one("k", 9)
		fits[0].Amount = policy.Amount(tt.left) * policy.One
		more := one("k", 9)
		more[0].Amount = fits[0].Amount + 1
		if err := l.Check(now, fits); err != nil {
			t.Errorf("after %d s: %v", tt.second, err)
		}
		if l.Check(now, more) == nil {
			t.Errorf("after %d s there is room for more than %d", tt.second, tt.left)
		}
	}
}

// A compacted file has what counts, and nothing is left beside it, also if it could not be written.
func TestCompactionLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "limits")
	l, err := OpenLedger(path, start)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	name := strings.Repeat("k", 1000)
	now := start
	for l.journal.size <= minJournal { // each charge expires before the next
		now = now.Add(2 * time.Minute)
		if err := l.Reserve(now, one(name, 1)); err != nil {
			t.Fatal(err)
		}
		if l.journal.size < 2000 && now.Sub(start) > time.Hour {
			break // compacted
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() > 3000 || info.Size() != l.journal.size || info.Mode().Perm() != 0o600 {
		t.Errorf("%v: %d bytes, %d counted, mode %v", err, info.Size(), l.journal.size, info.Mode())
	}
	if l.Check(now, one(name, 1)) == nil {
		t.Error("the last charge is forgotten")
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 { // and the lock
		t.Errorf("%v: %v", err, files)
	}
}

// A ledger that is closed counts nothing, and its file may be opened again.
func TestClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "limits")
	l, err := OpenLedger(path, start)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Close(), l.Close()); err != nil {
		t.Error(err)
	}
	if err := l.Reserve(start, one("k", 1)); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	again, err := OpenLedger(path, start)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}
