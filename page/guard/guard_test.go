package guard

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/grant"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/page/wire"
)

func answer(t *testing.T, p wire.Panel, name string, in, out any) error {
	t.Helper()
	data := must.Get(json.Marshal(in))
	for i := range p.Calls {
		if p.Calls[i].Name == name {
			v, err := p.Calls[i].Answer(t.Context(), data)
			if err != nil {
				return err
			}
			text, _ := json.Marshal(v)
			return json.Unmarshal(text, out)
		}
	}
	t.Fatalf("there is no call %s", name)
	return nil
}

// first returns the first event of a feed.
func first(t *testing.T, p wire.Panel, name, in string, out any) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for i := range p.Feeds {
		if p.Feeds[i].Name == name {
			err := p.Feeds[i].Run(ctx, []byte(in), "", func(_ string, e any) error {
				text, _ := json.Marshal(e)
				if err := json.Unmarshal(text, out); err != nil {
					t.Error(err)
				}
				cancel()
				return nil
			})
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
	}
	t.Fatalf("there is no feed %s", name)
	return nil
}

func TestGrants(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grants.json")
	p := Panel(Config{Grants: path, By: "user:t"})
	var s State
	if err := first(t, p, "state", "{}", &s); err != nil || len(s.Grants) != 0 || s.GrantsError != "" {
		t.Errorf("before there is a file: %+v, %v", s, err)
	}
	b := must.Get(grant.Open(path))
	token := must.Get(b.Add(grant.Grant{Name: "ci", Tools: []string{"read_*"}}, time.Now()))
	if err := first(t, p, "state", "{}", &s); err != nil || len(s.Grants) != 1 || s.Grants[0].Name != "ci" || s.Grants[0].Tools[0] != "read_*" {
		t.Fatalf("%+v, %v", s, err)
	}
	if text, _ := json.Marshal(s); strings.Contains(string(text), token) {
		t.Error("the state has the token")
	}
	shown := GrantID{Name: "ci", Version: s.Grants[0].Version}
	// The grant is replaced by another one of its name.
	must.Do(t, b.Revoke("ci", time.Now()))
	if err := answer(t, p, "revoke", shown, &wire.None{}); err == nil {
		t.Error("a grant that is gone was revoked")
	}
	must.Get(b.Add(grant.Grant{Name: "ci", Tools: []string{"write_*"}}, time.Now()))
	if err := answer(t, p, "revoke", shown, &wire.None{}); err == nil || !strings.Contains(err.Error(), "has changed") {
		t.Errorf("another grant of this name was revoked: %v", err)
	}
	must.Do(t, first(t, p, "state", "{}", &s))
	must.Do(t, answer(t, p, "revoke", GrantID{Name: "ci", Version: s.Grants[0].Version}, &wire.None{}))
	all, err := b.List()
	if err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
	if h, err := b.History(time.Time{}); err != nil || len(h) == 0 || h[len(h)-1].By != "user:t" {
		t.Errorf("the history does not say who: %+v, %v", h, err)
	}
}

func TestPins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pins.json")
	b := must.Get(pin.OpenBook(path))
	define := func(text string) []pin.Definition {
		return []pin.Definition{{Name: "send", JSON: jsontext.Value(`{"name":"send","description":"` + text + `"}`)}}
	}
	must.Get(b.First("s", pin.Tool, define("sends")))
	must.Get(b.Check("s", pin.Tool, define("sends all your files")))
	p := Panel(Config{Pins: path, By: "user:t"})
	var s State
	if err := first(t, p, "state", "{}", &s); err != nil || len(s.Pins) != 1 || s.Pins[0].Status != "changed" {
		t.Fatalf("%+v, %v", s, err)
	}
	var d Definition
	if err := answer(t, p, "definition", PinID{s.Pins[0].Ref}, &d); err != nil || len(d.Changes) == 0 || !strings.Contains(d.Waiting, "all your files") || !strings.Contains(d.Accepted, `"sends"`) || strings.Contains(d.Accepted, "files") {
		t.Fatalf("%+v, %v", d, err)
	}
	if _, err := b.Check("s", pin.Tool, define("sends more")); err != nil { // meanwhile
		t.Fatal(err)
	}
	for _, hash := range []string{d.Pin.Hash, "", strings.Repeat("0", 64)} {
		if err := answer(t, p, "decide", Verdict{Ref: d.Pin.Ref, Hash: hash, Accept: true}, &wire.None{}); err == nil || !strings.Contains(err.Error(), "nothing was decided") {
			t.Errorf("hash %q: %v", hash, err)
		}
	}
	must.Do(t, answer(t, p, "definition", PinID{d.Pin.Ref}, &d))
	must.Do(t, answer(t, p, "decide", Verdict{Ref: d.Pin.Ref, Hash: d.Pin.Hash}, &wire.None{}))
	must.Do(t, answer(t, p, "decide", Verdict{Ref: d.Pin.Ref, Hash: d.Pin.Hash, Accept: true}, &wire.None{}))
	if st, err := b.Check("s", pin.Tool, define("sends more")); err != nil || st[0] != pin.Accepted {
		t.Errorf("%v, %v", st, err)
	}
	for _, name := range []string{"definition", "decide"} {
		if err := answer(t, p, name, Verdict{Ref: d.Pin.Ref + "x", Hash: d.Pin.Hash, Accept: true}, new(any)); err == nil || strings.Contains(err.Error(), "nothing was decided") {
			t.Errorf("%s of an unknown definition: %v", name, err)
		}
	}
}

func TestAudit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := must.Get(audit.Open(path, 0))
	for i := range maxEntries*2 + 100 {
		decision := "allow"
		if i%100 == 0 {
			decision = "deny"
		}
		must.Get(l.Append(audit.Record{Event: audit.EventDecision, Identity: "ci", Name: "send_mail", Decision: decision}))
	}
	must.Do(t, l.Close())
	p := Panel(Config{Audit: path})
	var tail Tail
	if err := first(t, p, "records", `{"filter":""}`, &tail); err != nil || len(tail.Entries) != maxEntries || tail.Entries[0].Seq <= tail.Entries[1].Seq ||
		tail.Total != tail.Matched || tail.Total < maxEntries*2+100 {
		t.Errorf("%d of %d, %v", len(tail.Entries), tail.Total, err)
	}
	if err := first(t, p, "records", `{"filter":"verdict:deny MAIL"}`, &tail); err != nil || tail.Matched != 11 || tail.Entries[0].Verdict != "deny" {
		t.Errorf("%d matched, %v", tail.Matched, err)
	}
	for _, filter := range []string{"", "verdict:deny"} {
		if err := first(t, p, "records", `{"filter":"`+filter+`"}`, &tail); err != nil || len(tail.Entries) != min(tail.Matched, maxEntries) {
			t.Errorf("%q: %d entries of %d, %v", filter, len(tail.Entries), tail.Matched, err)
		}
	}
	for words, want := range map[string]int{"verdict:deny identity:ci": 11, "identity:ci verdict:deny": 11, "identity:ci verdict:none": 0, "identity:cd verdict:deny": 0, "name:mail deny": 11, "deny nothing": 0} {
		if err := first(t, p, "records", `{"filter":"`+words+`"}`, &tail); err != nil || tail.Matched != want {
			t.Errorf("%s: %d matched, want %d, %v", words, tail.Matched, want, err)
		}
	}
	for words, column := range map[string]int{"a nope:1": 3, " é  nope:1": 5, "nope:1 nope:1": 1, "name:nope:1 nope:1": 13} {
		var e *wire.Error
		if err := first(t, p, "records", `{"filter":"`+words+`"}`, &tail); !errors.As(err, &e) || e.Column != column || e.Message != `"nope" is no field` {
			t.Errorf("%s: %+v, want column %d", words, err, column)
		}
	}
	var v Verified
	if err := answer(t, p, "verify", wire.None{}, &v); err != nil || v.Problem != "" || v.Records != uint64(tail.Total) || v.Signed || v.Vouched != 0 || v.First != 1 || v.Last != v.Records || v.Files != 1 {
		t.Errorf("%+v, %v", v, err)
	}
	public, _, err := ed25519.GenerateKey(nil)
	must.Do(t, err)
	v = Verified{}
	signed := Panel(Config{Audit: path, Trust: &audit.Trust{Keys: []ed25519.PublicKey{public}}})
	if err := answer(t, signed, "verify", wire.None{}, &v); err != nil || !v.Signed || v.Vouched != 0 || v.Problem != "" {
		t.Errorf("with a key that signed nothing: %+v, %v", v, err)
	}
	data := must.Get(os.ReadFile(path))
	must.Do(t, os.WriteFile(path, []byte(strings.Replace(string(data), `"decision":"deny"`, `"decision":"allow"`, 1)), 0o600))
	if err := answer(t, p, "verify", wire.None{}, &v); err != nil || v.Problem == "" {
		t.Errorf("a changed record was not found: %+v, %v", v, err)
	}
}
