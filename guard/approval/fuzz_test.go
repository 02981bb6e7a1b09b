package approval

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// FuzzBookFile checks that a file of approvals is refused, or approves only calls that it contains
// as approved.
func FuzzBookFile(f *testing.F) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	c := Call{Grant: "agent", Server: "s", Tool: "pay", Arguments: []byte(`{"to":"ben"}`), Policy: "p", Rule: "/tools/pay"}
	path := filepath.Join(f.TempDir(), "seed.json")
	b := must.Get(Open(path))
	must.Get(b.Ask(c, time.Hour, now))
	seed := must.Get(os.ReadFile(path))
	f.Add(seed)
	f.Add([]byte(`{"version":1,"held":[null],"standing":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "approvals.json")
		must.Do(t, os.WriteFile(path, data, 0o600))
		b, err := Open(path)
		if err != nil {
			return
		}
		list := must.Get(b.List(now))
		for _, h := range list {
			if used, err := b.Use(h.ID, now); used && err == nil && h.State != Approved {
				t.Errorf("a call that is %s was used", h.State)
			}
		}
		if _, err := b.Ask(c, time.Hour, now); err != nil {
			return // full
		}
		if _, err := Open(path); err != nil {
			t.Errorf("what was written cannot be read: %v", err)
		}
	})
}
