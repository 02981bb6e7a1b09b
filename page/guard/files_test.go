package guard

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/change"
	"github.com/spectap/spectap/guard/grant"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/page/wire"
)

// TestWithoutFiles checks what a page says that was started without the files, with files that no
// gateway has written yet, and with files that are something else.
func TestWithoutFiles(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken")
	if err := os.WriteFile(broken, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	none := filepath.Join(dir, "none")
	_, grantsErr := grant.Open(broken)
	_, pinsErr := pin.OpenBook(broken)
	for _, tt := range []struct {
		name string
		c    Config
		want map[string]string // the error of each call, and what the state says
	}{
		{"not given", Config{}, map[string]string{
			"revoke": "the page was started without a file of grants", "verify": "the page was started without an audit",
			"definition": "the page was started without a file of pins", "decide": "the page was started without a file of pins",
		}},
		{"not written yet", Config{Grants: none, Pins: none, Audit: none}, map[string]string{
			"revoke":     "there is no such grant any more",
			"definition": "there is no such pin any more", "decide": "there is no such pin any more",
		}},
		{"something else", Config{Grants: broken, Pins: broken, Audit: broken}, map[string]string{
			"revoke": grantsErr.Error(), "definition": pinsErr.Error(), "decide": pinsErr.Error(), "grants": grantsErr.Error(), "pins": pinsErr.Error(),
		}},
	} {
		p := Panel(tt.c)
		for _, name := range []string{"revoke", "definition", "decide", "verify"} {
			err := answer(t, p, name, wire.None{}, new(any))
			if want, fails := tt.want[name]; fails {
				var e *wire.Error
				if !errors.As(err, &e) || e.Message != want || e.NotFound != strings.Contains(want, "any more") || (e.Try == "") != e.NotFound {
					t.Errorf("%s: %s: %+v, want %s", tt.name, name, err, want)
				}
			}
		}
		var s State
		if err := first(t, p, "state", "{}", &s); err != nil || s.GrantsError != tt.want["grants"] || s.PinsError != tt.want["pins"] || len(s.Grants)+len(s.Pins) > 0 {
			t.Errorf("%s: %+v, %v", tt.name, s, err)
		}
		if s.Grants == nil || s.Pins == nil {
			t.Errorf("%s: a list is null", tt.name)
		}
		var tail Tail
		err := first(t, p, "records", "{}", &tail)
		if tt.c.Audit != broken && (err != nil || tail.Total != 0 || tail.File != tt.c.Audit) {
			t.Errorf("%s: %+v, %v", tt.name, tail, err)
		}
	}
}

// TestFilesThatCannotBeChanged checks that a decision that cannot be written is said to have failed.
func TestFilesThatCannotBeChanged(t *testing.T) {
	dir := t.TempDir()
	c := Config{Grants: filepath.Join(dir, "grants.json"), Pins: filepath.Join(dir, "pins.json"), By: "user:t"}
	grants, err := grant.Open(c.Grants)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := grants.Add(grant.Grant{Name: "ci", Tools: []string{"read_*"}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	pins, err := pin.OpenBook(c.Pins)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one", "two"} {
		if _, err := pins.Check("s", pin.Tool, []pin.Definition{{Name: "send", JSON: []byte(`{"name":"send","description":"` + text + `"}`)}}); err != nil {
			t.Fatal(err)
		}
	}
	p := Panel(c)
	var s State
	if err := first(t, p, "state", "{}", &s); err != nil || len(s.Grants) != 1 || len(s.Pins) != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, path := range []string{c.Grants, c.Pins} { // a folder cannot be locked
		if err := errors.Join(os.Remove(path+".lock"), os.Mkdir(path+".lock", 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	for name, in := range map[string]any{
		"revoke": GrantID{s.Grants[0].Name, s.Grants[0].Version}, "decide": Verdict{Ref: s.Pins[0].Ref, Hash: s.Pins[0].Hash, Accept: true},
	} {
		var done Done
		var e *wire.Error
		if err := answer(t, p, name, in, &done); !errors.As(err, &e) || !strings.Contains(e.Message, ".lock") || done.Text != "" {
			t.Errorf("%s: %+v, %v", name, done, err)
		}
	}
}

// TestGrantAsShown checks what the page shows of a grant that has everything.
func TestGrantAsShown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grants.json")
	b, err := grant.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, g := range []grant.Grant{
		{Name: "a", Tools: []string{"read_*"}, Claims: []grant.Claim{{Name: "iss", Value: "https://idp.example"}, {Name: "group", Value: "ops"}}, Expires: now.Add(time.Hour)},
		{Name: "b", Tools: []string{"read_*"}, Expires: now.Add(-time.Hour)},
		{Name: "c", Tools: []string{"read_*"}},
	} {
		if _, err := b.Add(g, now.Add(-2*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	var s State
	if err := first(t, Panel(Config{Grants: path, By: "user:t"}), "state", "{}", &s); err != nil || len(s.Grants) != 3 {
		t.Fatalf("%+v, %v", s, err)
	}
	if s.By != "user:t" || s.GrantsFile != path {
		t.Errorf("%+v", s)
	}
	for i, want := range []Grant{
		{Name: "a", Expires: now.Add(time.Hour).UTC().Format(time.RFC3339), Claims: []string{"iss=https://idp.example", "group=ops"}},
		{Name: "b", Expires: now.Add(-time.Hour).UTC().Format(time.RFC3339), Expired: true, Claims: []string{}},
		{Name: "c", Claims: []string{}},
	} {
		g := s.Grants[i]
		if at, err := time.Parse(time.RFC3339, g.Expires); err == nil {
			g.Expires = at.UTC().Format(time.RFC3339)
		}
		want.Tools, want.Version, want.Created = []string{"read_*"}, g.Version, g.Created
		if !reflect.DeepEqual(g, want) || g.Version == "" {
			t.Errorf("%+v, want %+v", g, want)
		}
	}
}

// TestEntries checks what the page shows of each kind of record, and that it counts lines that are
// no records.
func TestEntries(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l, err := audit.Open(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []audit.Record{
		{Event: audit.EventDecision, Identity: "ci", Server: "mail", Session: "s1", Method: "tools/call", Name: "send", Decision: "deny", Rule: "r1", Reason: "no rule allows it"},
		{Event: audit.EventOutcome, Identity: "ci", Outcome: "error"},
		{Event: audit.EventGrant, Change: &change.Change{What: "revoked", Name: "old", By: "user:t"}},
	} {
		if _, err := l.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(data, "{broken\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	var tail Tail
	if err := first(t, Panel(Config{Audit: path}), "records", "{}", &tail); err != nil {
		t.Fatal(err)
	}
	if tail.Broken != 1 || tail.Total != tail.Matched+1 || tail.Matched != len(tail.Entries) {
		t.Errorf("%d of %d lines, %d are no records", tail.Matched, tail.Total, tail.Broken)
	}
	shown := map[string]Entry{}
	for _, e := range tail.Entries {
		shown[e.Event] = e
		var r audit.Record
		if err := json.Unmarshal([]byte(e.Line), &r); err != nil || r.Seq != e.Seq || !r.Time.Equal(e.Time) {
			t.Errorf("%+v: %v", e, err)
		}
	}
	for event, want := range map[string]Entry{
		audit.EventDecision: {Identity: "ci", Server: "mail", Session: "s1", Method: "tools/call", Name: "send", Verdict: "deny", Rule: "r1", Reason: "no rule allows it"},
		audit.EventOutcome:  {Identity: "ci", Verdict: "error"},
		audit.EventGrant:    {Identity: "user:t", Verdict: "revoked", Name: "old"},
	} {
		got := shown[event]
		want.Event, want.Seq, want.Time, want.Line = event, got.Seq, got.Time, got.Line
		if got != want {
			t.Errorf("%s: %+v", event, got)
		}
	}
}

// TestRecordsAgain checks that the page gets the records again when there are others, and only then.
func TestRecordsAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l, err := audit.Open(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	synctest.Test(t, func(t *testing.T) {
		sent, closed := 0, errors.New("the page is closed")
		p := &panel{Config{Audit: path}}
		done := make(chan error)
		go func() {
			done <- p.records(t.Context(), AuditQuery{}, "", func(_ string, tail Tail) error {
				if sent++; sent == 2 {
					return closed
				}
				return nil
			})
		}()
		time.Sleep(time.Hour) // of the bubble
		if sent != 1 {
			t.Errorf("the same records were sent %d times", sent)
		}
		if _, err := l.Append(audit.Record{Event: audit.EventDecision}); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := <-done; !errors.Is(err, closed) || time.Since(began) > 2*poll {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		if err := p.records(ctx, AuditQuery{}, "", func(string, Tail) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("a page that is gone: %v", err)
		}
		if err := p.records(ctx, AuditQuery{}, "", func(string, Tail) error { return closed }); err == nil || errors.Is(err, closed) {
			t.Errorf("a page that was gone: %v", err)
		}
	})
}
