package guard

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDecide(t *testing.T) {
	checked := func(method string, c Consent, p Policy) Call {
		return Call{Tool: "t", Method: method, Checked: true, Consent: c, Policy: p}
	}
	for _, x := range []struct {
		name string
		call Call
		want Verdict
	}{
		{"zero", Call{}, Deny},
		{"unchecked", Call{Tool: "t", Method: "GET"}, Deny},
		{"get", checked("GET", NoConsent, Policy{}), Allow},
		{"head", checked("HEAD", NoConsent, Policy{}), Allow},
		{"options", checked("OPTIONS", NoConsent, Policy{}), Allow},
		{"lower case", checked("get", NoConsent, Policy{}), Allow},
		{"post", checked("POST", NoConsent, Policy{}), Hold},
		{"patch", checked("PATCH", NoConsent, Policy{}), Hold},
		{"unheard of", checked("PURGE", NoConsent, Policy{}), Hold},
		{"trace", checked("TRACE", NoConsent, Policy{}), Hold},
		{"model", checked("DELETE", ByModel, Policy{}), Allow},
		{"person", checked("DELETE", ByPerson, Policy{}), Allow},
		{"refused", checked("DELETE", Refused, Policy{}), Deny},
		{"refused a read", checked("GET", Refused, Policy{}), Deny},
		{"model where a person is wanted", checked("DELETE", ByModel, Policy{RequireHuman: true}), Deny},
		{"person where one is wanted", checked("DELETE", ByPerson, Policy{RequireHuman: true}), Allow},
		{"no confirmations", checked("DELETE", NoConsent, Policy{NoConfirmDangerous: true}), Allow},
		{"but this tool", checked("DELETE", NoConsent, Policy{NoConfirmDangerous: true, Confirm: []string{"t"}}), Hold},
		{"but this method", checked("get", NoConsent, Policy{Confirm: []string{"GET"}}), Hold},
		{"read-only", checked("DELETE", ByPerson, Policy{ReadOnly: true}), Deny},
		{"read-only and confirmed is unneeded", checked("DELETE", NoConsent, Policy{ReadOnly: true, NoConfirmDangerous: true}), Deny},
	} {
		if got := Decide(x.call); got.Verdict != x.want || got.Reason == "" && x.want != Deny {
			t.Errorf("%s: %v, want %v", x.name, got, x.want)
		}
	}
	if (Decision{}).Verdict != Deny {
		t.Error("the zero decision does not deny")
	}
}

// TestDecideNeverSkips says for any call: what is allowed was checked, and what is held by policy had a consent.
func TestDecideNeverSkips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Call{
			Tool:    rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "tool"),
			Method:  rapid.SampledFrom([]string{"", "GET", "HEAD", "POST", "delete", "X"}).Draw(t, "method"),
			Checked: rapid.Bool().Draw(t, "checked"), Consent: Consent(rapid.IntRange(0, 4).Draw(t, "consent")),
			Policy: Policy{
				NoConfirmDangerous: rapid.Bool().Draw(t, "noConfirm"), RequireHuman: rapid.Bool().Draw(t, "human"),
				ReadOnly: rapid.Bool().Draw(t, "readOnly"), Confirm: rapid.SliceOf(rapid.SampledFrom([]string{"a", "GET", "X"})).Draw(t, "confirm"),
			},
		}
		if Decide(c).Verdict != Allow {
			return
		}
		held := c.Policy.Holds(c.Method, c.Tool)
		switch {
		case !c.Checked, c.Tool == "", c.Method == "", c.Consent == Refused, c.Policy.ReadOnly && !Safe(c.Method):
			t.Fatalf("allowed: %+v", c)
		case held && c.Consent != ByPerson && (c.Consent != ByModel || c.Policy.RequireHuman):
			t.Fatalf("allowed without consent: %+v", c)
		}
	})
}

func TestHolds(t *testing.T) {
	now := time.Unix(0, 0)
	h := Holds{For: time.Minute, Max: 3, Now: func() time.Time { return now }}
	a, b := DigestOf("a"), DigestOf("b")
	h.Hold("p", "t", a)
	for _, x := range []struct {
		name, principal, tool string
		d                     Digest
	}{{"other principal", "q", "t", a}, {"other tool", "p", "u", a}, {"other arguments", "p", "t", b}} {
		if h.Take(x.principal, x.tool, x.d) {
			t.Errorf("%s: taken", x.name)
		}
	}
	if !h.Take("p", "t", a) || h.Take("p", "t", a) {
		t.Error("not taken once")
	}
	h.Hold("p", "t", a)
	h.Hold("p", "t", a)
	if !h.Take("p", "t", a) || h.Take("p", "t", a) {
		t.Error("held twice is taken twice")
	}
	h.Hold("p", "t", a)
	now = now.Add(time.Minute)
	if h.Take("p", "t", a) {
		t.Error("taken after its time")
	}
	for i := range 10 {
		h.Hold("p", "t", DigestOf(json.Number(string(rune('0'+i)))))
	}
	if n := h.Len(); n != 3 {
		t.Errorf("%d held, at most 3 were asked for", n)
	}
}

func TestHoldsAtOnce(t *testing.T) {
	var h Holds
	for range 200 {
		h.Hold("p", "t", Digest{})
		var taken atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if h.Take("p", "t", Digest{}) {
					taken.Add(1)
				}
			})
		}
		wg.Wait()
		if taken.Load() != 1 {
			t.Fatalf("taken %d times", taken.Load())
		}
	}
}

func TestSigner(t *testing.T) {
	now := time.Unix(0, 0)
	s := NewSigner(time.Minute, func() time.Time { return now })
	d := DigestOf("a")
	state := s.Issue("p", "t", d)
	other := NewSigner(0, nil)
	for _, x := range []struct {
		name string
		err  error
	}{
		{"empty", s.Redeem("", "p", "t", d)},
		{"not base64", s.Redeem("!!", "p", "t", d)},
		{"other principal", s.Redeem(state, "q", "t", d)},
		{"other tool", s.Redeem(state, "p", "u", d)},
		{"other arguments", s.Redeem(state, "p", "t", DigestOf("b"))},
		{"longer", s.Redeem(state+"AA", "p", "t", d)},
		{"of another process", other.Redeem(state, "p", "t", d)},
	} {
		if !errors.Is(x.err, ErrState) {
			t.Errorf("%s: %v", x.name, x.err)
		}
	}
	if err := s.Redeem(state, "p", "t", d); err != nil {
		t.Fatal(err)
	}
	if err := s.Redeem(state, "p", "t", d); !errors.Is(err, ErrState) {
		t.Errorf("a second time: %v", err)
	}
	state = s.Issue("p", "t", d)
	now = now.Add(time.Minute)
	if err := s.Redeem(state, "p", "t", d); !errors.Is(err, ErrState) {
		t.Errorf("too late: %v", err)
	}
}

func TestDigest(t *testing.T) {
	n := json.Number("1")
	same := [][2]any{{map[string]any{"a": n, "b": nil}, map[string]any{"b": nil, "a": n}}}
	other := [][2]any{
		{n, "1"}, {n, json.Number("1.0")}, {nil, false}, {[]any{"a", "b"}, []any{"ab"}}, {[]any{}, map[string]any{}},
		{map[string]any{"a": nil}, map[string]any{}}, {[]any{[]any{}, "a"}, []any{[]any{"a"}}},
	}
	for _, x := range same {
		if DigestOf(x[0]) != DigestOf(x[1]) {
			t.Errorf("%v and %v differ", x[0], x[1])
		}
	}
	for _, x := range other {
		if DigestOf(x[0]) == DigestOf(x[1]) {
			t.Errorf("%v and %v are the same", x[0], x[1])
		}
	}
}

// failing takes some writes and then no more.
type failing struct {
	bytes.Buffer
	left int
}

func (f *failing) Write(p []byte) (int, error) {
	if f.left == 0 {
		return 0, errors.New("disk full")
	}
	f.left--
	return f.Buffer.Write(p)
}

func TestJournal(t *testing.T) {
	w := &failing{left: 1}
	j := NewJournal(w)
	if err := j.Write(Record{Event: "decision", Tool: "a\nb", Time: time.Unix(0, 0)}); err != nil {
		t.Fatal(err)
	}
	if got := w.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `"tool":"a\nb"`) {
		t.Errorf("wrote %q", got)
	}
	if j.Write(Record{}) == nil {
		t.Error("a write that failed was taken for done")
	}
	w.left = 5
	if j.Write(Record{}) == nil {
		t.Error("went on after half a line")
	}
}
