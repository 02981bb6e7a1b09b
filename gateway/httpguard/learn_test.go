package httpguard

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/test/must"
)

const secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345"

// sent is a request of a session.
type sent struct{ method, target, body string }

// drawSent returns a request. Each body has the given kind.
func drawSent(t *rapid.T, name string) sent {
	text := rapid.OneOf(rapid.Just(name), rapid.StringMatching(`[a-zA-Z0-9 .\[:#"-]{1,9}`), rapid.Just(secret), rapid.Just("null"))
	switch rapid.IntRange(0, 3).Draw(t, "operation") {
	case 0:
		return sent{"GET", "/pets" + rapid.SampledFrom([]string{"", "?limit=3", "?limit=5"}).Draw(t, "limit"), ""}
	case 1:
		return sent{"POST", "/pets", fmt.Sprintf(`{"name":%q,"kind":%q,"n":%d,"a.b":{"x":true}}`, text.Draw(t, "name"), name, rapid.IntRange(1, 2).Draw(t, "n"))}
	case 2:
		return sent{"GET", "/pets/" + rapid.SampledFrom([]string{"7", name, "x-1"}).Draw(t, "id"), ""}
	}
	return sent{"DELETE", "/pets/" + name, ""}
}

// TestLearned learns policies from random sessions. A guard with the policy allows each request of
// the session, or holds it, denies operations that were not used, and has no secret.
func TestLearned(t *testing.T) {
	r := redact.New([]byte("k"), redact.Config{})
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.StringMatching(`[a-z]{3,6}`).Draw(rt, "constant")
		learning := newBench(t, "", nil)
		session := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) sent { return drawSent(t, name) }), 1, 12).Draw(rt, "session")
		l, used, added := policy.Learner{}, map[string]bool{}, 0
		for i, s := range session {
			f := &flow.Flow{Seq: flow.Seq(i + 1), Started: time.Unix(int64(i)*600, 0), Request: flow.Request{
				Method: s.method, Scheme: "https", Authority: "api.example", Path: "/v1" + s.target, Body: flow.Body{Data: []byte(s.body), Size: int64(len(s.body))},
				Header: flow.HeaderOf(map[string][]string{"Content-Type": {"application/json"}}),
			}}
			f.Request.Path, f.Request.RawQuery, _ = strings.Cut(f.Request.Path, "?")
			o, denial := learning.Observed(t.Context(), f, r.Flow)
			if denial != nil {
				rt.Fatalf("%v: %s", s, denial.Reason)
			}
			l.Add(o)
			if used[o.Name] = true; o.Name == "addPet" {
				added++
			}
		}
		text := string(must.Get(l.Policy("title", "flow")))
		if strings.Contains(text, secret) {
			rt.Fatalf("a secret is in\n%s", text)
		}
		b := newBench(t, text, nil)
		for _, s := range session {
			if _, d := b.ask(request(s.method, base+s.target, asJSON), s.body); d != nil && (d.Pending == "" || s.method != "DELETE") {
				rt.Fatalf("%v is denied: %s, by\n%s", s, d.Reason, text)
			}
		}
		for tool, s := range map[string]sent{"listPets": {"GET", "/pets", ""}, "deletePet": {"DELETE", "/pets/7", ""}, "getPet": {"GET", "/pets/7", ""}} {
			if _, d := b.ask(request(s.method, base+s.target), ""); !used[tool] && (d == nil || d.Pending != "") {
				rt.Fatalf("%v is allowed by\n%s", s, text)
			}
		}
		isFixed := strings.Contains(text, "{path: args.requestBody.kind, op: eq, value: "+name)
		_, d := b.ask(request("POST", base+"/pets", asJSON), `{"name":"a","kind":"other","n":1,"a.b":{"x":true}}`)
		if added > 1 != isFixed || (isFixed || added == 0) && d == nil {
			rt.Fatalf("after %d calls, another kind is judged as %v by\n%s", added, d, text)
		}
	})
}
