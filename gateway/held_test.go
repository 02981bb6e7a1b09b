package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/test/must"
)

// newHeld returns a bench whose tool pay needs an approval of approvers, and the book of approvals.
func newHeld(t *testing.T, approvers string, wait time.Duration) (*gatewaytest.Bench, *approval.Book) {
	t.Helper()
	book := must.Get(approval.Open(filepath.Join(t.TempDir(), "approvals.json")))
	return newBench(t, "version: 1\ntools: {pay: {require_approval: {approvers: "+approvers+"}}, read: {}}\n", func(c *enforce.Config) {
		c.Approvals, c.Wait = book, wait
	}), book
}

// greet begins a session with a client of the given capabilities.
func greet(b *gatewaytest.Bench, server *gatewaytest.Wire, capabilities string) {
	b.T.Helper()
	b.Send(b.Client, `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","clientInfo":{"name":"old"},"capabilities":`+capabilities+`}}`)
	b.Receive(server)
	b.Send(server, `{"jsonrpc":"2.0","id":0,"result":{}}`)
	b.Receive(b.Client)
}

const payment = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay","arguments":{"amount":5},"_meta":{"progressToken":"p"}}}`

// decisions returns the decisions and outcomes of calls in the audit, in order.
func decisions(b *gatewaytest.Bench) string {
	var all []string
	for _, r := range b.Records() {
		if r.Method == "tools/call" {
			all = append(all, r.Decision+r.Outcome)
		}
	}
	return strings.Join(all, " ")
}

// A call without an approval is answered as pending, and not sent. After its approval, the same
// call is sent once. After a denial, it is refused with the note.
func TestHeldCall(t *testing.T) {
	b, book := newHeld(t, "1", time.Millisecond)
	server := <-b.Servers
	greet(b, server, `{}`)
	pending := func(payment, client string) approval.Held {
		t.Helper()
		b.Send(b.Client, payment)
		answer := b.Expect(b.Client, `"id":1`, "[APPROVAL PENDING]", `"isError":true`, `"state":"pending"`)
		b.Quiet(b.Client, server)
		all := must.Get(book.List(time.Now()))
		h := all[len(all)-1]
		if h.State != approval.Waiting || h.Tool != "pay" || h.Grant != "alice" || h.Client != client || !strings.Contains(answer, h.ID) {
			t.Fatalf("%+v is held, the answer is %s", h, answer)
		}
		return h
	}
	pending(strings.Replace(payment, `"_meta":{`, `"_meta":{"io.modelcontextprotocol/clientInfo":{"name":"new"},`, 1), "new")
	h := pending(payment, "old")
	must.Get(book.Decide(h.ID, h.Digest, approval.Decision{By: "user:anna", Approve: true, Channel: approval.Terminal}, time.Now()))
	b.Send(b.Client, strings.Replace(payment, `"_meta":{`, `"_meta":{"note":"nobody has seen this",`, 1))
	if got := b.Receive(server); got != payment {
		t.Errorf("sent %s", got)
	}
	b.Send(server, `{"jsonrpc":"2.0","id":1,"result":{"content":[]}}`)
	b.Expect(b.Client, `"id":1`, `"content":[]`)
	h = pending(payment, "old") // it is used up
	must.Get(book.Decide(h.ID, h.Digest, approval.Decision{By: "user:anna", Note: "too much", Channel: approval.Terminal}, time.Now()))
	b.Send(b.Client, payment)
	b.Expect(b.Client, `"id":1`, "[POLICY DENIED] /tools/pay/require_approval: a person has denied the call: too much")
	b.Quiet(b.Client, server)
	if got := decisions(b); got != "hold hold allow result hold deny" {
		t.Errorf("the audit has %s", got)
	}
}

// A client that shows forms is asked, where the policy accepts its user. The user's answer decides;
// without one the call is pending, and the client gets a cancellation.
func TestCallerIsAsked(t *testing.T) {
	for name, tt := range map[string]struct{ answer, want string }{
		"accepts":  {`"result":{"action":"accept"}`, "sent"},
		"declines": {`"result":{"action":"decline"}`, "[POLICY DENIED]"},
		"cancels":  {`"result":{"action":"cancel"}`, "[APPROVAL PENDING]"},
		"fails":    {`"error":{"code":-1,"message":"no window"}`, "[APPROVAL PENDING]"},
		"nonsense": {`"result":7`, "[APPROVAL PENDING]"},
		"silence":  {"", "[APPROVAL PENDING]"},
	} {
		synctest.Test(t, func(t *testing.T) {
			b, _ := newHeld(t, "caller", 12*time.Second)
			server := <-b.Servers
			greet(b, server, `{"elicitation":{}}`)
			b.Send(b.Client, payment)
			question := b.Expect(b.Client, `"method":"elicitation/create"`, "Do you approve this call?", "amount")
			id := gatewaytest.IDOf(t, question)
			if tt.answer != "" {
				b.Send(b.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,%s}`, id, tt.answer))
			}
			if tt.want == "sent" {
				b.Expect(server, `"name":"pay"`)
				return
			}
			for notes := 0; ; {
				text := b.Receive(b.Client)
				if strings.Contains(text, "notifications/progress") {
					notes++
					if !strings.Contains(text, `"progressToken":"p"`) || !strings.Contains(text, fmt.Sprintf(`"progress":%d`, notes)) || !strings.Contains(text, "waits for a person's approval: ") {
						t.Errorf("%s: %s", name, text)
					}
					continue
				}
				if strings.Contains(text, "notifications/cancelled") {
					if tt.answer != "" || !strings.Contains(text, `"requestId":`+id) {
						t.Errorf("%s: %s", name, text)
					}
					continue
				}
				if !strings.Contains(text, tt.want) || !strings.Contains(text, `"id":1`) || (notes == 2) != (tt.want == "[APPROVAL PENDING]") {
					t.Errorf("%s: %s after %d notes", name, text, notes)
				}
				break
			}
			b.Quiet(b.Client, server)
		})
	}
}

// A client that cannot show forms is not asked, nor one whose user the policy does not accept.
func TestCallerIsNotAsked(t *testing.T) {
	for name, tt := range map[string]struct{ approvers, capabilities string }{
		"nothing declared": {"caller", `{}`}, "URLs alone": {"caller", `{"elicitation":{"url":{}}}`}, "no object": {"caller", `{"elicitation":7}`},
		"another person": {"1", `{"elicitation":{"form":{}}}`},
	} {
		synctest.Test(t, func(t *testing.T) {
			b, _ := newHeld(t, tt.approvers, 2*time.Second)
			server := <-b.Servers
			greet(b, server, tt.capabilities)
			b.Send(b.Client, payment)
			if got := b.Receive(b.Client); !strings.Contains(got, "[APPROVAL PENDING]") {
				t.Errorf("%s: %s", name, got)
			}
		})
	}
}

// A client that cancels a call that waits gets no answer, and the server hears nothing of it. The
// question to its user is cancelled.
func TestHeldCallIsCancelled(t *testing.T) {
	b, book := newHeld(t, "caller", time.Minute)
	server := <-b.Servers
	greet(b, server, `{"elicitation":{"form":{},"url":{}}}`)
	b.Send(b.Client, payment)
	question := b.Expect(b.Client, `"method":"elicitation/create"`)
	b.Send(b.Client, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}`)
	b.Expect(server, "notifications/cancelled", `"requestId":2`) // of another call
	b.Send(b.Client, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)
	b.Expect(b.Client, "notifications/cancelled", `"requestId":`+gatewaytest.IDOf(t, question))
	b.Quiet(b.Client, server)
	if all, err := book.List(time.Now()); err != nil || len(all) != 1 || all[0].State != approval.Waiting {
		t.Errorf("%+v, %v", all, err)
	}
}

// When the client has ended its side, calls that wait are answered as pending at once.
func TestClientEndsWhileACallWaits(t *testing.T) {
	b, _ := newHeld(t, "caller", time.Hour)
	server := <-b.Servers
	greet(b, server, `{"elicitation":{}}`)
	b.Send(b.Client, payment)
	b.Expect(b.Client, `"method":"elicitation/create"`)
	b.Client.Close()
	if err := <-b.Ended; err != nil {
		t.Error(err)
	}
	if got := decisions(b); got != "hold" {
		t.Errorf("the audit has %s", got)
	}
	b.Ended <- nil
}

// At most so many calls of a client wait; others are pending at once, until those are answered.
func TestHoldsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := newHeld(t, "1", 2*time.Second)
		server := <-b.Servers
		call := func(n int) string {
			return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"pay","arguments":{"n":%d}}}`, n, n)
		}
		began := time.Now()
		for n := range 100 {
			b.Send(b.Client, call(n))
			synctest.Wait()
		}
		b.Send(b.Client, call(100))
		if got := b.Receive(b.Client); !strings.Contains(got, "[APPROVAL PENDING]") || !strings.Contains(got, `"id":100`) || time.Since(began) > time.Second {
			t.Errorf("after %v: %s", time.Since(began), got)
		}
		b.Quiet(b.Client, server)
		for range 100 {
			var m struct{ ID int }
			if err := json.Unmarshal([]byte(b.Receive(b.Client)), &m); err != nil || m.ID >= 100 {
				t.Fatal(m.ID, err)
			}
		}
		if waited := time.Since(began); waited != 2*time.Second {
			t.Errorf("the others waited for %v", waited)
		}
		b.Send(b.Client, call(101))
		if b.Expect(b.Client, "[APPROVAL PENDING]"); time.Since(began) != 4*time.Second {
			t.Errorf("the next one was answered after %v", time.Since(began))
		}
	})
}

// TestWritesAreHeld checks that a gateway that holds calls holds those of tools that may write,
// unless the policy says whether they need an approval. Within a tool that dispatches, the
// operation counts.
func TestWritesAreHeld(t *testing.T) {
	book := must.Get(approval.Open(filepath.Join(t.TempDir(), "approvals.json")))
	b := newBench(t, `version: 1
tools:
  get_note: {}
  get_env: {}
  read_file: {}
  get_thing: {}
  tidy: {}
  unlisted: {}
  call: {}
  set_note: {require_approval: false}
  pay: {require_approval: {if: {path: args.amount, op: gt, value: 100}}}
`, func(c *enforce.Config) { c.Approvals, c.Wait, c.HoldWrites = book, time.Millisecond, true })
	server := <-b.Servers
	const list = `[{"name":"get_note"},{"name":"get_env"},{"name":"read_file","annotations":{"readOnlyHint":true}},{"name":"tidy"},{"name":"set_note"},{"name":"pay"},
		{"name":"call","_meta":{"io.github.spectap/dispatch":{"operation":"op","arguments":"args"}}},
		{"name":"get_thing","annotations":{"destructiveHint":true},"_meta":{"io.github.spectap/operations":true}},
		{"name":"get_note","_meta":{"io.github.spectap/operations":true}}]`
	for i, tt := range []struct{ name, args, want string }{
		{"get_env", `{}`, "held"}, {"tidy", `{}`, "held"}, {"unlisted", `{}`, "held"}, {"get_note", `{}`, "sent"}, {"read_file", `{}`, "sent"},
		{"set_note", `{}`, "sent"}, {"pay", `{"amount":5}`, "sent"}, {"pay", `{"amount":500}`, "held"},
		{"call", `{"op":"get_thing"}`, "held"}, {"call", `{"op":"get_note"}`, "sent"},
	} {
		b.Send(b.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, tt.name, tt.args))
		if i == 0 {
			b.AnswerToolList(server, list)
		}
		if tt.name == "unlisted" {
			b.AnswerToolList(server, list)
		}
		if tt.want == "held" {
			if got := b.Receive(b.Client); !strings.Contains(got, "[APPROVAL PENDING]") {
				t.Errorf("%s %s: %s", tt.name, tt.args, got)
			}
			continue
		}
		id := gatewaytest.IDOf(t, b.Expect(server, `"tools/call"`, tt.name))
		b.Send(server, `{"jsonrpc":"2.0","id":`+id+`,"result":{"content":[]}}`)
		b.Expect(b.Client, `"content"`)
	}
}

// A change of the policy voids what is decided on held calls. People and the agent are told.
func TestPolicyChangesWhileHeld(t *testing.T) {
	b, book := newHeld(t, "1", time.Millisecond)
	server := <-b.Servers
	greet(b, server, `{}`)
	hold := func(payment string) string {
		b.Send(b.Client, payment)
		b.Expect(b.Client, "[APPROVAL PENDING]")
		all := must.Get(book.List(time.Now()))
		return all[len(all)-1].ID
	}
	decide := func(id string) error {
		h, err := book.Get(id, time.Now())
		must.Do(t, err)
		_, err = book.Decide(id, h.Digest, approval.Decision{By: "user:anna", Approve: true, Channel: approval.Terminal}, time.Now())
		return err
	}
	waiting, approved := hold(strings.Replace(payment, `5`, `6`, 1)), hold(payment)
	must.Do(t, decide(approved))
	terms := approval.Terms{Times: 1, Expires: time.Now().Add(time.Hour)}
	p := must.Get(policy.Load(t.Context(), "p", []byte("version: 1\ntools: {pay: {require_approval: {approvers: 1, reason: new}}}\n")))
	must.Do(t, b.Guard.SetPolicy(p))
	for _, id := range []string{waiting, approved} {
		h, err := book.Get(id, time.Now())
		if err != nil || h.Status() != "void" || !strings.Contains(approval.Describe(&h, nil), "the policy has changed since") {
			t.Errorf("%+v, %v", h, err)
		}
		if err := decide(id); !errors.Is(err, approval.ErrVoid) {
			t.Errorf("approve %s: %v", id, err)
		}
		if _, err := book.Allow(id, terms, approval.Decision{By: "user:anna", Approve: true}, time.Now()); !errors.Is(err, approval.ErrVoid) {
			t.Errorf("allow calls like %s: %v", id, err)
		}
	}
	b.Send(b.Client, payment)
	got := b.Expect(b.Client, "[APPROVAL PENDING]", "the policy has changed since this call was held as "+approved)
	again := hold(payment)
	b.Quiet(b.Client, server)
	if again == approved || !strings.Contains(got, again) {
		t.Errorf("%s is held as %s: %s", approved, again, got)
	}
	must.Do(t, decide(again))
	b.Send(b.Client, payment)
	b.Expect(server, `"name":"pay"`)
}
