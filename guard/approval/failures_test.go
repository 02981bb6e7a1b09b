package approval

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// says fails the test unless an error has a text.
func says(t *testing.T, name string, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v, want %q", name, err, want)
	}
}

// bookOf returns a book with a call that is approved, one that waits, a standing approval that needs
// another person, and one in force.
func bookOf(t *testing.T, path string) (b *Book, approved, waiting Held, asked, inForce Standing) {
	t.Helper()
	b = open(t, path)
	refund, transfer := payment(), payment()
	refund.Tool, transfer.Tool, transfer.Approvers = "refund", "transfer", 2
	approved = approve(t, b, ask(t, b, payment(), noon), "anna", noon)
	waiting = ask(t, b, refund, noon)
	asked = allow(t, b, ask(t, b, transfer, noon), 0, anna)
	inForce = allow(t, b, waiting, 0, anna)
	return b, approved, waiting, asked, inForce
}

// operations are what a book does, with what their errors begin with. Each reports whether it allowed
// something.
func operations(b *Book, approved, waiting Held, asked, inForce Standing) map[string]func() (bool, error) {
	pass := func() error { return nil }
	other := payment()
	other.Grant = "somebody"
	refund := waiting.Call
	return map[string]func() (bool, error){
		"hold the call for a person: ":           func() (bool, error) { _, err := b.Ask(other, 0, noon); return false, err },
		"use the approval " + approved.ID + ": ": func() (bool, error) { return b.Use(approved.ID, noon) },
		"decide on " + waiting.ID + ": ":         func() (bool, error) { _, err := b.Decide(waiting.ID, waiting.Digest, anna, noon); return false, err },
		"allow calls like " + waiting.ID + ": ": func() (bool, error) {
			_, err := b.Allow(waiting.ID, Terms{Expires: noon.Add(1)}, anna, noon)
			return false, err
		},
		"decide on " + asked.ID + ": ": func() (bool, error) {
			_, err := b.Agree(asked.ID, asked.Digest, Decision{By: "ben", Approve: true}, noon)
			return false, err
		},
		"revoke " + inForce.ID + ": ":         func() (bool, error) { _, err := b.Revoke(inForce.ID, anna, noon); return false, err },
		"use a standing approval: ":           func() (bool, error) { _, ok, err := b.UseStanding(refund, always, pass, noon); return ok, err },
		"tell the webhook: ":                  func() (bool, error) { _, ok, err := b.NextPost(noon); return ok, err },
		"note whether the webhook was told: ": func() (bool, error) { return false, b.Posted(waiting.ID, true, noon) },
		"end standing approvals: ": func() (bool, error) {
			_, ok, err := b.UseStanding(other, always, pass, noon.Add(2*time.Hour))
			return ok, err
		},
	}
}

// Nothing is allowed that could not be written, and the error says what was tried.
func TestWritesFail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "approvals.json")
	b, approved, waiting, asked, inForce := bookOf(t, path)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, do := range operations(b, approved, waiting, asked, inForce) {
		if _, err := b.List(noon); err != nil {
			t.Fatal(err)
		}
		b.file.File.Max = 10 // what was read stays, nothing can be written
		ok, err := do()
		b.file.File.Max = maxFile
		says(t, what, err, what)
		says(t, what, err, path+" would be larger than")
		if ok {
			t.Errorf("%sit was allowed", what)
		}
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the file has changed: %v", err)
	}
	for what, do := range operations(b, approved, waiting, asked, inForce) {
		if strings.HasPrefix(what, "use ") {
			if ok, err := do(); !ok || err != nil {
				t.Errorf("%safter the failures: %v, %v", what, ok, err)
			}
		}
	}
}

// A file that is gone or damaged allows nothing, and every operation says so.
func TestReadsFail(t *testing.T) {
	const noHeld, noStanding = "a held call has no id or no state", "a standing approval has no id or no state"
	for name, tt := range map[string]struct{ text, want string }{
		"gone":        {"", "no such file"},
		"damaged":     {"{", "is damaged"},
		"another":     {`{"version":2}`, "it is not a file of approvals in version 1 of the format"},
		"nothing":     {`{"version":1,"held":[null]}`, noHeld},
		"no state":    {`{"version":1,"held":[{"id":"a"}]}`, noHeld},
		"no id":       {`{"version":1,"held":[{"state":"waiting"}]}`, noHeld},
		"no rule":     {`{"version":1,"standing":[null]}`, noStanding},
		"rule state":  {`{"version":1,"standing":[{"id":"rule-a"}]}`, noStanding},
		"rule id":     {`{"version":1,"standing":[{"id":"a","state":"approved"}]}`, noStanding},
		"held digest": {`{"version":1,"held":[{"id":"a","state":"approved","digest":"0"}]}`, "the held call a is not the one that its digest stands for"},
		"rule digest": {`{"version":1,"standing":[{"id":"rule-a","state":"approved","digest":"0"}]}`, "the standing approval rule-a is not the one that its digest"},
	} {
		path := filepath.Join(t.TempDir(), "approvals.json")
		b, approved, waiting, asked, inForce := bookOf(t, path)
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if tt.text == "" {
			os.Remove(path)
		}
		all := operations(b, approved, waiting, asked, inForce)
		all["read the approvals: "] = func() (bool, error) { l, err := b.List(noon); return len(l) > 0, err }
		all["get"] = func() (bool, error) { h, err := b.Get(approved.ID, noon); return h.ID != "", err }
		all["is decided"] = func() (bool, error) { return b.IsDecided(approved.Call, noon) }
		all["standing"] = func() (bool, error) { l, err := b.Standing(noon); return len(l) > 0, err }
		for what, do := range all {
			ok, err := do()
			says(t, name+", "+what, err, tt.want)
			if ok {
				t.Errorf("%s, %s: it was allowed", name, what)
			}
		}
		if _, err := Open(path); name != "gone" {
			says(t, name+", opened", err, "read the approvals: ")
		}
	}
}

// Every refusal of a decision names its reason, and leaves the call as it was.
func TestRefusalsSayWhy(t *testing.T) {
	b := newBook(t)
	c := payment()
	c.Within = 10 * time.Minute
	h := ask(t, b, c, noon)
	soon := noon.Add(time.Minute)
	for want, terms := range map[string]Terms{
		"the policy lets a consent be valid for 10m0s at most":        {Expires: noon.Add(10*time.Minute + 1)},
		"a standing approval covers 1 to 1000000 calls":               {Expires: soon, Times: maxTimes + 1},
		"a standing approval has at most 20 conditions of 4096 bytes": {Expires: soon, If: make([]string, maxConditions+1)},
		"a standing approval ends after a time of at most 30 days":    {Expires: noon},
		"the note has 2001 bytes, more than 2000":                     {Expires: soon},
	} {
		d := anna
		if strings.HasPrefix(want, "the note") {
			d.Note = strings.Repeat("x", MaxNote+1)
		}
		_, err := b.Allow(h.ID, terms, d, noon)
		says(t, want, err, "allow calls like "+h.ID+": "+want)
	}
	long := Decision{By: "anna", Approve: true, Note: strings.Repeat("x", MaxNote+1)}
	_, err := b.Decide(h.ID, h.Digest, long, noon)
	says(t, "note", err, "the note has 2001 bytes, more than 2000")
	_, err = b.Decide(h.ID, "other", anna, noon)
	says(t, "digest", err, ErrOtherCall.Error())
	_, err = b.Get("none", noon)
	says(t, "get", err, "none: "+ErrNotFound.Error())
	if _, err := b.Decide("none", h.Digest, anna, noon); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	big := payment()
	big.Arguments = []byte(`"` + strings.Repeat("x", MaxArguments) + `"`)
	_, err = b.Ask(big, 0, noon)
	says(t, "size", err, fmt.Sprintf("it sends %d bytes, and a person can judge %d", MaxArguments+2, MaxArguments))
	broken := payment()
	broken.Arguments = []byte(`{`)
	_, err = b.Ask(broken, 0, noon)
	says(t, "arguments", err, "hold the call for a person: ")
	if ok, err := b.IsDecided(broken, noon); ok || err == nil {
		t.Errorf("arguments that are no JSON: %v, %v", ok, err)
	}
	if now, err := b.Get(h.ID, noon); err != nil || now.State != Waiting || len(now.Decisions) != 0 {
		t.Errorf("%+v, %v", now, err)
	}
	denied, err := b.Decide(h.ID, h.Digest, Decision{By: "user:anna", Note: "no"}, soon)
	if err != nil || denied.State != Denied || !denied.Ended.Equal(soon) || !denied.Decisions[0].At.Equal(soon) {
		t.Errorf("%+v, %v", denied, err)
	}
	_, err = b.Decide(h.ID, h.Digest, anna, noon)
	says(t, "denied", err, "nothing waits for a decision any more: it is denied")
}

// There are at most so many standing approvals.
func TestStandingApprovalsAreBounded(t *testing.T) {
	b := newBook(t)
	h := ask(t, b, payment(), noon)
	first := allow(t, b, h, 0, anna)
	err := b.update("fill", noon, func(c *content, _ time.Time) error {
		for len(c.Standing) < maxStanding {
			c.Standing = append(c.Standing, c.Standing[0])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Allow(h.ID, Terms{Expires: noon.Add(time.Hour)}, anna, noon)
	says(t, "one more", err, "there are 1000 standing approvals: revoke some")
	if _, err := b.Revoke(first.ID, anna, noon); err != nil {
		t.Errorf("one can be revoked: %v", err)
	}
}
