package gateway

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/grant"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/internal/test/must"
)

// TestFollowChanges changes pins, grants and held calls as commands of people do, while an audit is
// written and while it is not.
func TestFollowChanges(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	pins := must.Get(pin.OpenBook(path("pins")))
	grants := must.Get(grant.Open(path("grants")))
	held := must.Get(approval.Open(path("held")))
	list := func(description string) []pin.Definition {
		return []pin.Definition{{Name: "pay", JSON: []byte(`{"name":"pay","description":"` + description + `"}`)}}
	}
	must.Get(pins.First("s", pin.Tool, list("before the audit")))
	run := func(during func()) {
		t.Helper()
		l := must.Get(audit.Open(path("audit"), 0))
		defer l.Close()
		must.Get(l.Append(audit.Record{Event: audit.EventStart}))
		stop := followChanges(t.Context(), l, changesOf(pins, grants, held), slog.New(slog.DiscardHandler))
		during()
		stop()
		must.Get(l.Append(audit.Record{Event: audit.EventStop}))
	}
	person, err := grant.Open(path("grants")) // another process
	must.Do(t, err)
	person.By = "user:anna"
	run(func() {
		must.Get(pins.Check("s", pin.Tool, list("changed")))
		must.Get(person.Add(grant.Grant{Name: "ci"}, time.Now()))
		call := approval.Call{Grant: "ci", Server: "s", Tool: "pay", Arguments: []byte(`{}`)}
		h := must.Get(held.Ask(call, time.Hour, time.Now()))
		d := approval.Decision{By: "user:anna", Approve: true, Channel: "terminal", Note: "fine"}
		must.Get(held.Decide(h.ID, h.Digest, d, time.Now()))
		call.Arguments = []byte(`{"n":2}`)
		h = must.Get(held.Ask(call, time.Hour, time.Now()))
		terms := approval.TermsOf(&h)
		terms.Expires, d.Note = time.Now().Add(time.Hour), ""
		s := must.Get(held.Allow(h.ID, terms, d, time.Now()))
		must.Get(held.Revoke(s.ID, d, time.Now()))
	})
	if err := person.Revoke("ci", time.Now()); err != nil { // while no gateway runs
		t.Fatal(err)
	}
	run(func() {})
	run(func() {})
	seen := map[string]int{}
	err = audit.Read(t.Context(), path("audit"), func(_ string, _ int, text []byte) error {
		r, err := audit.Decode(text)
		if err != nil || r.Change == nil || r.Change.What == "pinned" { // just before the audit began
			return err
		}
		c := r.Change
		seen[strings.Join([]string{r.Event, c.What, r.Name, c.By, c.Channel, r.Identity, c.Note}, " ")]++
		if r.Event == audit.EventApproval && (len(c.Digest) != 64 || c.ID == "" || c.Asked.IsZero()) {
			t.Errorf("approval %+v", c)
		}
		return nil
	}, nil)
	must.Do(t, err)
	want := []string{
		"definition changed pay    ", "grant added ci user:anna   ", "approval approved pay user:anna terminal ci fine",
		"approval approved pay user:anna terminal ci ", "approval revoked pay user:anna terminal ci ", "grant revoked ci user:anna   ",
	}
	for _, w := range want {
		if seen[w] == 0 {
			t.Errorf("no record of %q", w)
		}
		delete(seen, w)
	}
	if len(seen) > 0 {
		t.Errorf("other records: %v", seen)
	}
}
