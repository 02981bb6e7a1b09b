package approvals

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/page/wire"
)

func open(t *testing.T) (*approval.Book, *panel) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "approvals.json")
	b, err := approval.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return b, &panel{Config{Book: path, By: "user:anna"}}
}

func payment(amount string) approval.Call {
	return approval.Call{Grant: "agent", Server: "bank", Tool: "pay", Arguments: []byte(`{"amount":` + amount + `}`), Policy: "p", Rule: "/tools/pay"}
}

func ask(t *testing.T, b *approval.Book, c approval.Call) approval.Held {
	t.Helper()
	h, err := b.Ask(c, time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestList checks what the list shows of each held call and of each approval by rule.
func TestList(t *testing.T) {
	b, p := open(t)
	if l, err := p.list(); err != nil || l.Held == nil || l.Rules == nil || len(l.Held)+len(l.Rules) > 0 {
		t.Errorf("before a call was held: %+v, %v", l, err)
	}
	one := ask(t, b, payment("1"))
	two := payment("2")
	two.Approvers = 2
	both := ask(t, b, two)
	if _, err := p.decide(t.Context(), Verdict{ID: both.ID, Digest: both.Digest, Approve: true}); err != nil {
		t.Fatal(err)
	}
	rule, err := b.Allow(one.ID, approval.Terms{Expires: time.Now().Add(time.Hour), Times: 3}, approval.Decision{By: "user:anna", Approve: true, Channel: approval.Terminal}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	l, err := p.list()
	if err != nil || len(l.Held) != 2 || len(l.Rules) != 1 {
		t.Fatalf("%+v, %v", l, err)
	}
	for i, want := range []Held{
		{ID: both.ID, State: "waiting", Tool: "pay", Grant: "agent", Server: "bank", Approvers: 2, Decided: 1},
		{ID: one.ID, State: l.Held[1].State, Tool: "pay", Grant: "agent", Server: "bank", Approvers: 1, Decided: l.Held[1].Decided},
	} {
		got := l.Held[i]
		want.Created, want.Expires = got.Created, got.Expires
		if got != want || got.Expires.Sub(got.Created) != time.Hour {
			t.Errorf("held: %+v, want %+v", got, want)
		}
	}
	r := l.Rules[0]
	if r.ID != rule.ID || r.State != "approved" || r.Tool != "pay" || r.Grant != "agent" || r.Times != 3 || r.Used != 0 || !r.Expires.Equal(rule.Expires) || r.Lines != approval.DescribeStanding(&rule) {
		t.Errorf("%+v", r)
	}
	if l.Book != p.Book || l.By != "user:anna" {
		t.Errorf("%+v", l)
	}
	if s, err := p.revoke(t.Context(), ID{rule.ID}); err != nil || s.State != "revoked" {
		t.Errorf("%+v, %v", s, err)
	}
	if l, err := p.list(); err != nil || l.Rules[0].State != "revoked" {
		t.Errorf("%+v, %v", l, err)
	}
}

// TestShow checks that the person sees what differs from the last call, and whether it is their own.
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
	want := Shown{ID: h.ID, State: "waiting", Digest: h.Digest, Lines: approval.DescribeWhole(&h, &used)}
	if err != nil || gone != nil || s != want || s.Lines == approval.DescribeWhole(&h, nil) {
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

// TestErrors checks what the page says when there is no call, no file, or another file.
func TestErrors(t *testing.T) {
	b, p := open(t)
	h := ask(t, b, payment("1"))
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, brokenErr := approval.Open(broken)
	for _, tt := range []struct {
		name, book, id string
		want           wire.Error // of show; Try is "" or not
		list           string
	}{
		{"another call", p.Book, "nope", wire.Error{Message: "nope: " + approval.ErrNotFound.Error(), NotFound: true}, ""},
		{"no call yet", broken + "-none", h.ID, wire.Error{Message: "no call was held yet", NotFound: true}, ""},
		{"no file", "", h.ID, wire.Error{Message: "the page was started without a file of held calls", Try: "spectap ui --approvals FILE"}, ""},
		{"another file", broken, h.ID, wire.Error{Message: brokenErr.Error(), Try: "the file that gateway, serve or mcp was started with"}, brokenErr.Error()},
	} {
		p := &panel{Config{Book: tt.book, By: "user:anna"}}
		_, showErr := p.show(t.Context(), ID{tt.id})
		_, decideErr := p.decide(t.Context(), Verdict{ID: tt.id, Digest: h.Digest, Approve: true})
		_, revokeErr := p.revoke(t.Context(), ID{tt.id})
		for call, err := range map[string]error{"show": showErr, "decide": decideErr, "revoke": revokeErr} {
			var e *wire.Error
			want := tt.want
			if call == "revoke" && tt.id == "nope" {
				want.Message = "nope: " + approval.ErrNoRule.Error()
			}
			if !errors.As(err, &e) {
				t.Errorf("%s: %s: %v", tt.name, call, err)
				continue
			}
			got := *e
			got.Message = strings.TrimPrefix(strings.TrimPrefix(got.Message, "decide on "), "revoke ")
			if got != want {
				t.Errorf("%s: %s: %+v, want %+v", tt.name, call, got, want)
			}
		}
		if l, err := p.list(); (err != nil) != (tt.list != "") || err != nil && err.Error() != tt.list || l.Book != tt.book {
			t.Errorf("%s: the list is %+v, %v", tt.name, l, err)
		}
	}
	// A decision about something else than what was shown.
	var e *wire.Error
	if _, err := p.decide(t.Context(), Verdict{ID: h.ID, Digest: "other", Approve: true}); !errors.As(err, &e) || e.NotFound {
		t.Errorf("%v", err)
	}
	if got, err := b.Get(h.ID, time.Now()); err != nil || got.State != approval.Waiting {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestBookThatCannotBeChanged checks that a decision that cannot be written is said to have failed.
func TestBookThatCannotBeChanged(t *testing.T) {
	b, p := open(t)
	h := ask(t, b, payment("1"))
	rule, err := b.Allow(ask(t, b, payment("2")).ID, approval.Terms{Expires: time.Now().Add(time.Hour)},
		approval.Decision{By: "user:anna", Approve: true, Channel: approval.Terminal}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
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

// TestHeldAgain checks that the page gets the list when it changes.
func TestHeldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, p := open(t)
		closed := errors.New("the page is closed")
		var lists []List
		done := make(chan error)
		go func() {
			done <- p.held(t.Context(), wire.None{}, "", func(_ string, l List) error {
				if lists = append(lists, l); len(lists) == 2 {
					return closed
				}
				return nil
			})
		}()
		time.Sleep(time.Minute) // of the bubble
		h := ask(t, b, payment("1"))
		if err := <-done; !errors.Is(err, closed) {
			t.Error(err)
		}
		if text, err := json.Marshal(lists[0]); err != nil || !strings.Contains(string(text), `"held":[],"rules":[]`) {
			t.Errorf("%s, %v", text, err)
		}
		if got := lists[1].Held; len(got) != 1 || got[0].ID != h.ID || !reflect.DeepEqual(lists[1].Rules, []Standing{}) {
			t.Errorf("%+v", lists[1])
		}
	})
}
