package session

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// FuzzFile checks that a file of taints is refused, or keeps a taint that is added to it.
func FuzzFile(f *testing.F) {
	path := filepath.Join(f.TempDir(), "seed.json")
	b := must(Open(path))
	who := Who{Identity: "ana", Session: "1"}
	_, version := b.Look(who, "s", false, noon)
	must(b.Enter(who, version, []string{"mail"}, time.Hour, noon))
	seed := must(os.ReadFile(path))
	f.Add(seed)
	f.Add([]byte(`{"version":1,"identities":{"ana":null}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "state.json")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := Open(path)
		if err != nil {
			return
		}
		_, version := b.Look(who, "s", true, noon)
		if ok, err := b.Enter(who, version, []string{"page"}, time.Hour, noon); !ok || err != nil {
			return
		}
		again, err := Open(path)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if s, _ := again.Look(Who{Identity: "ana", Session: "2"}, "s", true, noon.Add(time.Minute)); !slices.Contains(s.Taints, "page") {
			t.Errorf("the taint is forgotten: %+v", s)
		}
	})
}
