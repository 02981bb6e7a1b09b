package limit

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/test/must"
)

// TestOpenByOthers refuses counters that other users may have lowered, and leaves the file as it
// is.
func TestOpenByOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	must.Do(t, os.WriteFile(path, nil, 0o600))
	for _, mode := range []os.FileMode{0o666, 0o620, 0o602} {
		must.Do(t, os.Chmod(path, mode))
		if _, err := OpenLedger(path, start); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %v: %v", mode, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("mode %v became %v, %v", mode, info.Mode(), err)
		}
	}
}

// TestCheckCountsNothing calls Check any number of times before and after the last call that fits.
func TestCheckCountsNothing(t *testing.T) {
	var l Ledger
	for range 10 {
		must.Do(t, l.Check(start, one("a", 1)))
	}
	must.Do(t, l.Reserve(start, one("a", 1)))
	var refusal *Refusal
	if err := l.Check(start, one("a", 1)); !errors.As(err, &refusal) {
		t.Errorf("a call above the limit: %v", err)
	}
}

// TestHalvedWindowKeepsItsSum merges the charges of a window and checks its sum at each moment that
// is left.
func TestHalvedWindowKeepsItsSum(t *testing.T) {
	w := &window{}
	for i := range 5 {
		w.charges = append(w.charges, charge{int64(i + 1), policy.One})
		w.sum += policy.One
	}
	w.halve()
	if len(w.charges) != 3 || w.within(0) != 5*policy.One || w.within(2) != 3*policy.One || w.within(4) != policy.One || w.within(5) != 0 {
		t.Errorf("%+v", w)
	}
}

// A file that a killed process cut off at any byte counts all complete lines, and continues after
// them.
func TestCutAtAnyByte(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	l := must.Get(OpenLedger(path, start))
	for range 3 {
		must.Do(t, l.Reserve(start, one("a", 100)))
	}
	must.Do(t, l.Close())
	whole := must.Get(os.ReadFile(path))
	for n := range len(whole) + 1 {
		must.Do(t, os.WriteFile(path, whole[:n], 0o600))
		left := bytes.Count(whole[:n], []byte("\n"))
		for opened := range 2 {
			l, err := OpenLedger(path, start)
			if err != nil {
				t.Fatalf("cut at %d: %v", n, err)
			}
			most := left + opened + 1
			if err := l.Reserve(start, one("a", most)); err != nil {
				t.Errorf("cut at %d: a call less than %d is refused: %v", n, most, err)
			}
			if l.Check(start, one("a", most)) == nil {
				t.Errorf("cut at %d: more than %d calls pass", n, most)
			}
			must.Do(t, l.Close())
		}
		if got, err := os.ReadFile(path); err != nil || bytes.Count(got, []byte("\n")) != left+2 || !bytes.HasSuffix(got, []byte("\n")) {
			t.Errorf("cut at %d: the file has %q, %v", n, got, err)
		}
	}
}
