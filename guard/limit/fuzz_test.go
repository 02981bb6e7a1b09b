package limit

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// FuzzOpenLedger checks that a file of counters is refused, or counts at least the charges that are
// added to it.
func FuzzOpenLedger(f *testing.F) {
	f.Add([]byte(`{"at":1700000000000000000,"charges":[{"key":"a","amount":1000000,"window":60}]}` + "\n" + `{"at":17`))
	f.Add([]byte(`{"at":1,"charges":[{"key":"a","amount":-1,"window":60}]}` + "\n"))
	f.Add([]byte(`{"at":9223372036854775807,"charges":[{"key":"a","amount":9007199254740991,"window":31536000},{"key":"a","amount":1,"window":1}]}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "state")
		must.Do(t, os.WriteFile(path, data, 0o600))
		l, err := OpenLedger(path, start)
		if err != nil {
			if kept, _ := os.ReadFile(path); string(kept) != string(data) {
				t.Errorf("a file that is refused was changed")
			}
			return
		}
		passed := 0
		for range 3 {
			if l.Reserve(start, one("a", 2)) == nil {
				passed++
			}
		}
		if passed > 2 {
			t.Errorf("%d calls pass a limit of 2", passed)
		}
		must.Do(t, l.Close())
		if l, err = OpenLedger(path, start); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		defer l.Close()
		if passed > 0 && l.Check(start, one("a", passed)) == nil {
			t.Errorf("%d calls are forgotten", passed)
		}
	})
}
