package limit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/test/must"
)

var start = time.Unix(1_700_000_000, 0)

func one(key string, limit int) []policy.Charge {
	return []policy.Charge{{Key: key, Amount: policy.One, Max: policy.Amount(limit) * policy.One, Window: time.Minute}}
}

// TestWindowSlides compares a ledger with one that keeps every charge forever, on calls at random
// times, and closes and opens the ledger between them.
func TestWindowSlides(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		path := filepath.Join(dir, rapid.StringMatching(`[a-z]{12}`).Draw(t, "file"))
		l := must.Get(OpenLedger(path, start))
		defer func() { l.Close(); os.Remove(path) }()
		type kept struct {
			at     time.Time
			charge policy.Charge
		}
		var all []kept
		now := start
		for range rapid.IntRange(1, 40).Draw(t, "calls") {
			now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "seconds")) * time.Second)
			if rapid.IntRange(0, 9).Draw(t, "reopen") == 0 {
				l.Close()
				l = must.Get(OpenLedger(path, now))
			}
			var charges []policy.Charge
			for range rapid.IntRange(1, 3).Draw(t, "charges") {
				key := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "key")
				charges = append(charges, policy.Charge{
					Key: key, Amount: policy.Amount(rapid.IntRange(0, 4).Draw(t, "amount")),
					Max: 5, Window: map[string]time.Duration{"a": time.Minute, "b": time.Hour}[key],
				})
			}
			sum := map[string]policy.Amount{}
			fits := true
			for _, k := range all {
				if now.Sub(k.at) < k.charge.Window {
					sum[k.charge.Key] += k.charge.Amount
				}
			}
			for _, c := range charges {
				sum[c.Key] += c.Amount
				fits = fits && sum[c.Key] <= c.Max
			}
			err := l.Reserve(now, charges)
			if (err == nil) != fits {
				t.Fatalf("at %v, %+v: error %v, fits %v", now.Sub(start), charges, err, fits)
			}
			if fits {
				for _, c := range charges {
					all = append(all, kept{now, c})
				}
			}
		}
	})
}

// TestRetryAfter waits as long as a refusal says, and no less is enough.
func TestRetryAfter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l Ledger
		now := start
		for range rapid.IntRange(1, 10).Draw(t, "calls") {
			now = now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "seconds")) * time.Second)
			c := policy.Charge{Key: "a", Amount: policy.Amount(rapid.IntRange(1, 5).Draw(t, "amount")), Max: 5, Window: time.Minute}
			err := l.Reserve(now, []policy.Charge{c})
			var r *Refusal
			if !errors.As(err, &r) {
				continue
			}
			if err := l.Reserve(now.Add(r.RetryAfter-1), []policy.Charge{c}); err == nil {
				t.Fatalf("the call passes before %v are over", r.RetryAfter)
			}
			if now = now.Add(r.RetryAfter); l.Reserve(now, []policy.Charge{c}) != nil {
				t.Fatalf("the call does not pass after %v", r.RetryAfter)
			}
		}
	})
}

// TestConcurrentCalls lets as many of 10,000 calls through as the limit says.
func TestConcurrentCalls(t *testing.T) {
	l := must.Get(OpenLedger(filepath.Join(t.TempDir(), "state"), start))
	defer l.Close()
	var passed atomic.Int64
	var calls sync.WaitGroup
	for range 10_000 {
		calls.Go(func() {
			if l.Reserve(start, one("a", 1234)) == nil {
				passed.Add(1)
			}
		})
	}
	calls.Wait()
	if passed.Load() != 1234 {
		t.Errorf("%d calls passed, want 1234", passed.Load())
	}
}

// TestClockGoesBack counts charges from the future of a clock that was set back.
func TestClockGoesBack(t *testing.T) {
	var l Ledger
	for range 5 {
		must.Do(t, l.Reserve(start, one("a", 5)))
	}
	if l.Reserve(start.Add(-time.Hour), one("a", 5)) == nil {
		t.Error("a call passes after the clock was set back by an hour")
	}
	if l.Reserve(start.Add(-time.Hour), one("b", 5)) != nil || l.Reserve(start.Add(-2*time.Hour), one("b", 5)) != nil {
		t.Error("another counter refuses")
	}
}

func TestUnusedCountersAreRemoved(t *testing.T) {
	var l Ledger
	for i := range 9_998 {
		l.Reserve(start, one(fmt.Sprint(i), 1))
	}
	l.Reserve(start.Add(time.Hour), one("another", 1)) // not each call looks at all counters
	if len(l.windows) != 9_999 {
		t.Errorf("%d counters are kept before 10,000 reservations", len(l.windows))
	}
	l.Reserve(start.Add(2*time.Hour), one("last", 1))
	if len(l.windows) != 1 {
		t.Errorf("%d counters are kept, want 1", len(l.windows))
	}
}

func TestCompaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	l := must.Get(OpenLedger(path, start))
	now := start
	for range 40_000 {
		now = now.Add(time.Second)
		must.Do(t, l.Reserve(now, one("a", 60)))
	}
	l.Close()
	if info, err := os.Stat(path); err != nil || info.Size() > minJournal+100 || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
	l = must.Get(OpenLedger(path, now))
	defer l.Close()
	if got := l.windows["a"].sum; got != 60*policy.One {
		t.Errorf("%v calls are counted, want 60", got)
	}
	if found, _ := filepath.Glob(path + ".*"); len(found) != 1 { // the lock
		t.Errorf("left behind: %v", found)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	whole := `{"at":1700000000000000000,"charges":[{"key":"a","amount":5000000,"window":60}]}` + "\n"
	for name, content := range map[string]string{
		"junk":            "junk\n",
		"junk between":    whole + "junk\n" + whole,
		"negative amount": `{"at":1,"charges":[{"key":"a","amount":-5,"window":60}]}` + "\n",
		"no charges":      `{"at":1}` + "\n",
		"a long line":     strings.Repeat("x", maxLine+1),
		"other text":      "a note without a line break",
		"short text":      "x",
	} {
		path := filepath.Join(dir, name)
		must.Do(t, os.WriteFile(path, []byte(content), 0o600))
		if _, err := OpenLedger(path, start); err == nil || !strings.Contains(err.Error(), "line ") && !strings.Contains(err.Error(), "no file of counters") {
			t.Errorf("%s: error %v", name, err)
		}
		if left, _ := os.ReadFile(path); string(left) != content {
			t.Errorf("%s: the file was changed", name)
		}
	}
	if _, err := OpenLedger(dir, start); err == nil {
		t.Error("a folder was opened")
	}

	path := filepath.Join(dir, "torn")
	must.Do(t, os.WriteFile(path, []byte(whole+whole[:20]), 0o644))
	l := must.Get(OpenLedger(path, start))
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if got := l.windows["a"].sum; got != 5*policy.One {
		t.Errorf("%v calls are counted, want 5", got)
	}
	if _, err := OpenLedger(path, start); err == nil || !strings.Contains(err.Error(), "another process uses") {
		t.Errorf("opened twice: %v", err)
	}
	must.Do(t, l.Close())
	if err := l.Reserve(start, one("a", 100)); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if left, _ := os.ReadFile(path); string(left) != whole {
		t.Errorf("the file holds %q", left)
	}
}

// TestWriteFails checks that all reservations after a failed write are denied.
func TestWriteFails(t *testing.T) {
	l := must.Get(OpenLedger(filepath.Join(t.TempDir(), "state"), start))
	defer l.Close()
	l.journal.file.Close()
	for range 2 {
		if err := l.Reserve(start, one("a", 5)); err == nil || !strings.Contains(err.Error(), "write the counters") {
			t.Errorf("error %v", err)
		}
	}
}

// TestKill kills a process that reserves as fast as it can, again and again. All that it
// acknowledged is counted, and no more than the limit passes in all.
func TestKill(t *testing.T) {
	const limit = 3000
	path := filepath.Join(t.TempDir(), "state")
	acknowledged := 0
	for round := 1; ; round++ {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), "LEDGER="+path)
		out := must.Get(cmd.StdoutPipe())
		must.Do(t, cmd.Start())
		lines := bufio.NewScanner(out)
		done := false
		for n := 0; lines.Scan(); n++ {
			if done = lines.Text() == "full"; done {
				break
			}
			acknowledged++
			if n == 100*round {
				cmd.Process.Kill()
			}
		}
		io.Copy(io.Discard, out)
		cmd.Process.Kill()
		cmd.Wait()
		if done {
			if acknowledged > limit || acknowledged < limit-round {
				t.Errorf("%d calls passed in %d rounds, want %d, less one for each kill", acknowledged, round, limit)
			}
			return
		}
	}
}

// TestMain is the process that TestKill kills.
func TestMain(m *testing.M) {
	path := os.Getenv("LEDGER")
	if path == "" {
		os.Exit(m.Run())
	}
	l, err := OpenLedger(path, start)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for l.Reserve(start, one("a", 3000)) == nil {
		os.Stdout.WriteString("ok\n")
	}
	os.Stdout.WriteString("full\n")
}

// TestWindowChanges shortens a window and lengthens it again, as a changed policy may. It forgets
// nothing.
func TestWindowChanges(t *testing.T) {
	var l Ledger
	now := time.Unix(1e9, 0)
	reserve := func(window time.Duration) error {
		return l.Reserve(now, []policy.Charge{{Key: "k", Amount: policy.One, Max: 2 * policy.One, Window: window}})
	}
	for i := range 2 {
		if err := reserve(24 * time.Hour); err != nil {
			t.Fatal(i, err)
		}
	}
	now = now.Add(time.Hour)
	if err := reserve(time.Minute); err != nil {
		t.Errorf("in a shorter window: %v", err)
	}
	var refusal *Refusal
	if err := reserve(24 * time.Hour); !errors.As(err, &refusal) || refusal.RetryAfter != 24*time.Hour-time.Hour {
		t.Errorf("in the longer window again: %v", err)
	}
	now = now.Add(2 * time.Hour)
	if err := reserve(time.Minute); err != nil {
		t.Errorf("in the shorter window, later: %v", err)
	}
}
