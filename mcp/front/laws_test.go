package front

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/enforce"
)

// TestServersWithoutAGuard: who serves a server of tools without more gets one whose writes are held,
// on stdio and over HTTP, and confirmed in the same session only. Without sessions, they are those of
// the holder of the token.
func TestServersWithoutAGuard(t *testing.T) {
	b := newBank()
	in, out := Pipe(t.Context(), b, nil)
	defer out.Close()
	answers := make(chan string, 8)
	go io.Copy(lineWriter(answers), in)
	for _, step := range []struct{ message, want string }{
		{initialize, `"result"`},
		{`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"pay","arguments":{"n":1}}}`, "IsHeld"},
		{`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"pay","arguments":{"n":1,"__confirmed":true}}}`, `"paid":1`},
	} {
		fmt.Fprintln(out, step.message)
		wantIn(t, "stdio", <-answers, step.want)
	}
	token := NewToken()
	url := startServer(t, Config{Token: token}, b)
	call := func(session, more string) string {
		message := `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"pay","arguments":{"n":1` + more + `}}}`
		if session == "" {
			params := modern(`{"name":"pay","arguments":{"n":1`+more+`}}`, `{}`)
			message = `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":` + params + `}`
		}
		r := must(http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader(message)))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		if session != "" {
			r.Header.Set("Mcp-Session-Id", session)
		} else {
			r.Header.Set("Mcp-Protocol-Version", "2026-07-28")
			r.Header.Set("Mcp-Method", "tools/call")
			r.Header.Set("Mcp-Name", "pay")
		}
		resp := must(http.DefaultClient.Do(r))
		defer resp.Body.Close()
		text := must(io.ReadAll(resp.Body))
		return string(text)
	}
	begin := func() string {
		r := must(http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader(initialize)))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		resp := must(http.DefaultClient.Do(r))
		resp.Body.Close()
		return resp.Header.Get("Mcp-Session-Id")
	}
	one, other := begin(), begin()
	wantIn(t, "first", call(one, ""), "IsHeld")
	wantIn(t, "another session", call(other, confirmed), "IsNotHeld")
	wantIn(t, "no session", call("", confirmed), "IsNotHeld")
	wantIn(t, "the session", call(one, confirmed), `"paid":1`)
	wantIn(t, "no session, first", call("", ""), "IsHeld")
	wantIn(t, "a session", call(one, confirmed), "IsNotHeld")
	wantIn(t, "no session, again", call("", confirmed), `"paid":1`)
	if paid := b.payments(); paid != "1 1 1" {
		t.Errorf("paid %q", paid)
	}
}

// callKey is a call of a caller.
type callKey struct {
	caller string
	n      int
}

// TestEffectLaws sends random calls of callers with each way to agree, while a person decides on held
// calls at random. A payment takes effect only after the audit has a verdict that allows it, and each
// consent lets one payment through at most.
func TestEffectLaws(t *testing.T) {
	dir, runs := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		log := filepath.Join(dir, fmt.Sprint(runs))
		journal := must(audit.Open(log, 0))
		defer journal.Close()
		// In this process, another person can decide on the calls that a book in memory holds.
		book := approval.New()
		c := enforce.Config{Audit: journal, Approvals: book, Redactor: redact.New([]byte("k"), redact.Config{})}
		c.Confirm.RequireHuman = rapid.Bool().Draw(rt, "human")
		b := newBank()
		g := enforce.New(nil, c)
		effects, allowed := 0, func() (n int) {
			noError(t, audit.Read(t.Context(), log, func(_ string, _ int, text []byte) error {
				r, err := audit.Decode(text)
				if r.Event == audit.EventDecision && r.Decision == "allow" && r.Request == "POST /pay" {
					n++
				}
				return err
			}, nil))
			return n
		}
		b.acting = func(payment) {
			if effects++; allowed() != effects {
				t.Errorf("payment %d takes effect after %d verdicts that allow it", effects, allowed())
			}
		}
		j := newJudge(Guarded(b, g, map[string]any{"name": "ann"}))
		callers := map[string]*wire{"a": dial(t, j, "a", false), "b": dial(t, j, "b", false), "asks": dial(t, j, "asks", true)}
		defer func() {
			for _, w := range callers {
				w.close()
			}
		}()
		isApproved, isHeld, states := map[callKey]bool{}, map[callKey]bool{}, map[callKey]string{} // isApproved outside of the client
		earlier := map[callKey]string{}                                                            // states that were answered
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			who, n := rapid.SampledFrom([]string{"a", "b", "asks"}).Draw(rt, "caller"), rapid.IntRange(1, 2).Draw(rt, "n")
			k, w := callKey{who, n}, callers[who]
			got, agrees := "", false
			switch rapid.SampledFrom([]string{"call", "result", "result", "person"}).Draw(rt, "what") {
			case "call":
				more := rapid.SampledFrom([]string{"", confirmed}).Draw(rt, "more")
				if who == "asks" {
					action := rapid.SampledFrom([]string{"accept", "decline", "cancel"}).Draw(rt, "action")
					w.answerWith(`{"action":"` + action + `"}`)
					got = w.pay(n, more)
					if len(w.asked) > 0 {
						<-w.asked
						agrees = action == "accept"
					}
					break
				}
				if more != "" && isHeld[k] && !c.Confirm.RequireHuman {
					agrees, isHeld[k], states[k] = true, false, ""
				}
				if got = w.pay(n, more); strings.Contains(got, "IsHeld") {
					isHeld[k] = true
				}
			case "result":
				state := rapid.SampledFrom([]string{states[k], states[k], earlier[k], states[callKey{who, 3 - n}]}).Draw(rt, "state")
				action := rapid.SampledFrom([]string{"accept", "accept", "decline"}).Draw(rt, "action")
				if state != "" && state == states[k] {
					agrees, isHeld[k], states[k], earlier[k] = action == "accept", false, "", state
				}
				if got = w.modernPay(n, answerTo(state, `{"action":"`+action+`"}`), canAsk); strings.Contains(got, "input_required") {
					isHeld[k], states[k] = true, stateOf(t, got)
				}
			case "person":
				all := must(book.List(time.Now()))
				if len(all) == 0 {
					break
				}
				h := rapid.SampledFrom(all).Draw(rt, "held")
				approve := rapid.Bool().Draw(rt, "approve")
				if _, err := book.Decide(h.ID, h.Digest, approval.Decision{By: "user:bo", Approve: approve, Channel: approval.Terminal}, time.Now()); err == nil {
					of := keyOf(h)
					isApproved[of], isHeld[of], states[of] = approve, false, ""
				}
			}
			if agrees || !strings.Contains(got, `"paid":`) {
				continue
			}
			if !isApproved[k] {
				rt.Fatalf("%v is paid without a consent: %s", k, got)
			}
			isApproved[k] = false
		}
		if paid := len(strings.Fields(b.payments())); paid != effects || allowed() != effects {
			rt.Fatalf("%d payments and %d verdicts that allow them, want %d", paid, allowed(), effects)
		}
	})
}

// keyOf returns the call that a book holds.
func keyOf(h approval.Held) (k callKey) {
	for _, who := range []string{"a", "b", "asks"} {
		if sum := sha256.Sum256([]byte(who + "\n")); h.GrantID == hex.EncodeToString(sum[:8]) {
			k.caller = who
		}
	}
	for n := range 3 {
		if strings.Contains(h.Effect, guard.DigestOf(payText(payment{N: n})).String()) {
			k.n = n
		}
	}
	return k
}
