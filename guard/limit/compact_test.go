package limit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/policy"
)

// A file of more than a megabyte is compacted, and what has left its window is not in it any more.
func TestCompactionForgets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "limits")
	l, err := OpenLedger(path, start)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	key := strings.Repeat("k", 100_000)
	for i := range 10 {
		charges := []policy.Charge{{Key: key + string(rune('a'+i)), Amount: policy.One, Max: policy.One, Window: time.Second}}
		if err := l.Reserve(start, charges); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Reserve(start.Add(time.Minute), one("last"+key, 1)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Count(string(text), "\n") != 1 || !strings.Contains(string(text), "last") {
		t.Errorf("%v, the file has %d bytes", err, len(text))
	}
}

// A call that counts twice into one counter waits until there is room for both.
func TestRetryAfterOfTwoCharges(t *testing.T) {
	var l Ledger
	c := one("k", 3)
	for i := range 3 {
		if err := l.Reserve(start.Add(time.Duration(i)*time.Second), c); err != nil {
			t.Fatal(err)
		}
	}
	now := start.Add(3 * time.Second)
	refusal, _ := l.Check(now, append(c[:1:1], c[0])).(*Refusal)
	if refusal == nil || refusal.RetryAfter != start.Add(c[0].Window).Sub(now) {
		t.Fatalf("the first of two: %+v", refusal)
	}
	now = start.Add(c[0].Window) // the first charge has left: there is room for one
	refusal, _ = l.Check(now, append(c[:1:1], c[0])).(*Refusal)
	if refusal == nil || refusal.RetryAfter != time.Second {
		t.Errorf("the second of two: %+v", refusal)
	}
}
