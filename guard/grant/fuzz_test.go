package grant

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// FuzzFile checks that a file of grants is refused, or accepts no token that was never issued.
func FuzzFile(f *testing.F) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	path := filepath.Join(f.TempDir(), "seed.json")
	b := must.Get(Open(path))
	must.Get(b.Add(Grant{Name: "ana"}, now))
	seed := must.Get(os.ReadFile(path))
	f.Add(seed, Prefix)
	f.Add([]byte(`{"version":1,"grants":[null,{"name":"a","hash":""}]}`), "")
	f.Fuzz(func(t *testing.T, data []byte, token string) {
		path := filepath.Join(t.TempDir(), "grants.json")
		must.Do(t, os.WriteFile(path, data, 0o600))
		b, err := Open(path)
		if err != nil {
			return
		}
		if g, err := b.Authenticate(token, now); err == nil {
			t.Errorf("the token %q is of the grant %q", token, g.Name)
		}
		given, err := b.Add(Grant{Name: "new"}, now)
		if err != nil {
			return // there is one of the name
		}
		if g, err := b.Authenticate(given, now); err != nil || g.Name != "new" {
			t.Errorf("a token that was given is of %q, %v", g.Name, err)
		}
	})
}
