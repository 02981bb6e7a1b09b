package guard

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/grant"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/page/wire"
)

// TestFilesThatCannotBeChanged checks that a decision that cannot be written is an error.
func TestFilesThatCannotBeChanged(t *testing.T) {
	dir := t.TempDir()
	c := Config{Grants: filepath.Join(dir, "grants.json"), Pins: filepath.Join(dir, "pins.json"), By: "user:t"}
	grants := must.Get(grant.Open(c.Grants))
	must.Get(grants.Add(grant.Grant{Name: "ci", Tools: []string{"read_*"}}, time.Now()))
	pins := must.Get(pin.OpenBook(c.Pins))
	for _, text := range []string{"one", "two"} {
		must.Get(pins.Check("s", pin.Tool, []pin.Definition{{Name: "send", JSON: []byte(`{"name":"send","description":"` + text + `"}`)}}))
	}
	p := Panel(c)
	var s State
	if err := first(t, p, "state", "{}", &s); err != nil || len(s.Grants) != 1 || len(s.Pins) != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, path := range []string{c.Grants, c.Pins} { // a folder cannot be locked
		must.Do(t, errors.Join(os.Remove(path+".lock"), os.Mkdir(path+".lock", 0o700)))
	}
	for name, in := range map[string]any{
		"revoke": GrantID{s.Grants[0].Name, s.Grants[0].Version}, "decide": Verdict{Ref: s.Pins[0].Ref, Hash: s.Pins[0].Hash, Accept: true},
	} {
		var e *wire.Error
		if err := answer(t, p, name, in, &wire.None{}); !errors.As(err, &e) || !strings.Contains(e.Message, ".lock") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
