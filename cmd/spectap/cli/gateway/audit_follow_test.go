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
)

// TestFollowChanges changes pins, grants and held calls as commands of people do, while an audit is
// written and while it is not.
func TestFollowChanges(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	pins := must(pin.OpenBook(path("pins")))
	grants := must(grant.Open(path("grants")))
	held := must(approval.Open(path("held")))
	list := func(description string) []pin.Definition {
		return []pin.Definition{{Name: "pay", JSON: []byte(`{"name":"pay","description":"` + description + `"}`)}}
	}
	must(pins.First("s", pin.Tool, list("before the audit")))
	run := func(during func()) {
		t.Helper()
		l := must(audit.Open(path("audit"), 0))
		defer l.Close()
		must(l.Append(audit.Record{Event: audit.EventStart}))
		stop := followChanges(t.Context(), l, changesOf(pins, grants, held), slog.New(slog.DiscardHandler))
		during()
		stop()
		must(l.Append(audit.Record{Event: audit.EventStop}))
	}
	person, err := grant.Open(path("grants")) // another process
	noError(t, err)
	person.By = "user:anna"
	run(func() {
		must(pins.Check("s", pin.Tool, list("changed")))
		must(person.Add(grant.Grant{Name: "ci"}, time.Now()))
		call := approval.Call{Grant: "ci", Server: "s", Tool: "pay", Arguments: []byte(`{}`)}
		h, err := held.Ask(call, time.Hour, time.Now())
		noError(t, err)
		d := approval.Decision{By: "user:anna", Approve: true, Channel: "terminal", Note: "fine"}
		must(held.Decide(h.ID, h.Digest, d, time.Now()))
		call.Arguments = []byte(`{"n":2}`)
		h = must(held.Ask(call, time.Hour, time.Now()))
		terms := approval.TermsOf(&h)
		terms.Expires, d.Note = time.Now().Add(time.Hour), ""
		s, err := held.Allow(h.ID, terms, d, time.Now())
		noError(t, err)
		must(held.Revoke(s.ID, d, time.Now()))
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
	noError(t, err)
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
