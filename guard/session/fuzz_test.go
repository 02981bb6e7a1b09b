package session

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// FuzzFile checks that a file of taints is refused, or keeps a taint that is added to it.
func FuzzFile(f *testing.F) {
	path := filepath.Join(f.TempDir(), "seed.json")
	b := must.Get(Open(path))
	who := Who{Identity: "ana", Session: "1"}
	_, version := b.Look(who, "s", false, noon)
	must.Get(b.Enter(who, version, []string{"mail"}, time.Hour, noon))
	seed := must.Get(os.ReadFile(path))
	f.Add(seed)
	f.Add([]byte(`{"version":1,"identities":{"ana":null}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "state.json")
		must.Do(t, os.WriteFile(path, data, 0o600))
		b, err := Open(path)
		if err != nil {
			return
		}
		_, version := b.Look(who, "s", true, noon)
		if ok, err := b.Enter(who, version, []string{"page"}, time.Hour, noon); !ok || err != nil {
			return
		}
		again := must.Get(Open(path))
		if s, _ := again.Look(Who{Identity: "ana", Session: "2"}, "s", true, noon.Add(time.Minute)); !slices.Contains(s.Taints, "page") {
			t.Errorf("the taint is forgotten: %+v", s)
		}
	})
}
