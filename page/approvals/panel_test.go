package approvals

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/page/wire"
)

func open(t *testing.T) (*approval.Book, *panel) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "approvals.json")
	b := must.Get(approval.Open(path))
	return b, &panel{Config{Book: path, By: "user:anna"}}
}

func payment(amount string) approval.Call {
	return approval.Call{Grant: "agent", Server: "bank", Tool: "pay", Arguments: []byte(`{"amount":` + amount + `}`), Policy: "p", Rule: "/tools/pay"}
}

func ask(t *testing.T, b *approval.Book, c approval.Call) approval.Held {
	t.Helper()
	return must.Get(b.Ask(c, time.Hour, time.Now()))
}

// TestShow checks that the person sees the differences from the last call, and whether the call is
// their own.
func TestShow(t *testing.T) {
	b, p := open(t)
	last := ask(t, b, payment("1"))
	if s, err := p.decide(t.Context(), Verdict{ID: last.ID, Digest: last.Digest, Approve: true, Note: "agreed"}); err != nil || s.State != "approved" {
		t.Fatalf("%+v, %v", s, err)
	}
	if used, err := b.Use(last.ID, time.Now()); err != nil || !used {
		t.Fatal(used, err)
	}
	h := ask(t, b, payment("1000"))
	s, err := p.show(t.Context(), ID{h.ID})
	used, gone := b.Get(last.ID, time.Now())
	want := Shown{ID: h.ID, State: "waiting", Digest: h.Digest, Lines: approval.DescribeFull(&h, &used)}
	if err != nil || gone != nil || s != want || s.Lines == approval.DescribeFull(&h, nil) {
		t.Errorf("%+v, %v; want %+v", s, err, want)
	}
	if d := used.Decisions; len(d) != 1 || d[0].By != "user:anna" || d[0].Note != "agreed" || !d[0].Approve || d[0].Channel != approval.Page {
		t.Errorf("%+v", d)
	}
	p.By = "agent"
	if s, err := p.show(t.Context(), ID{h.ID}); err != nil || !s.Own {
		t.Errorf("%+v, %v", s, err)
	}
	p.By = "user:anna"
	if s, err := p.decide(t.Context(), Verdict{ID: h.ID, Digest: h.Digest}); err != nil || s.State != "denied" {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestVerdictOnSomethingElse checks that a digest other than that of the shown call decides
// nothing.
func TestVerdictOnSomethingElse(t *testing.T) {
	b, p := open(t)
	h := ask(t, b, payment("1"))
	for _, v := range []Verdict{
		{ID: h.ID}, {ID: h.ID, Digest: strings.ToUpper(h.Digest)}, {ID: h.ID, Digest: h.Digest[:16]}, {Digest: h.Digest}, {ID: "../" + h.ID, Digest: h.Digest},
	} {
		v.Approve = true
		if s, err := p.decide(t.Context(), v); err == nil {
			t.Errorf("%+v: %+v", v, s)
		}
	}
	if s, err := p.show(t.Context(), ID{h.ID}); err != nil || s.State != "waiting" {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestBookThatCannotBeChanged checks that a decision that cannot be written is an error.
func TestBookThatCannotBeChanged(t *testing.T) {
	b, p := open(t)
	h := ask(t, b, payment("1"))
	rule := must.Get(b.Allow(ask(t, b, payment("2")).ID, approval.Terms{Expires: time.Now().Add(time.Hour)},
		approval.Decision{By: "user:anna", Approve: true, Channel: approval.Terminal}, time.Now()))
	if err := errors.Join(os.Remove(p.Book+".lock"), os.Mkdir(p.Book+".lock", 0o700)); err != nil { // a folder cannot be locked
		t.Fatal(err)
	}
	_, decided := p.decide(t.Context(), Verdict{ID: h.ID, Digest: h.Digest, Approve: true})
	_, revoked := p.revoke(t.Context(), ID{rule.ID})
	for what, err := range map[string]error{"decide": decided, "revoke": revoked} {
		var e *wire.Error
		if !errors.As(err, &e) || !strings.Contains(e.Message, ".lock") || e.NotFound {
			t.Errorf("%s: %v", what, err)
		}
	}
	l, err := p.list()
	if err != nil || l.Held[1].State != "waiting" || l.Rules[0].State != "approved" {
		t.Errorf("%+v, %v", l, err)
	}
}
