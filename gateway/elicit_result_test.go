package gateway

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/approval"
)

// statelessPayment is a call of a stateless client that declares capabilities, with more members.
func statelessPayment(capabilities, more string) string {
	return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay","arguments":{"amount":5},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",` +
		`"io.modelcontextprotocol/clientCapabilities":` + capabilities + `}` + more + `}}`
}

func answerWith(id, response string) string {
	return fmt.Sprintf(`,"requestState":"spectap-approval:%s","inputResponses":{"approval":%s}`, id, response)
}

// The result of a stateless call is the question to the person who uses the client, and the same
// call with the answer is sent, refused, or still pending. The server sees neither question nor
// answer.
func TestStatelessCallerIsAsked(t *testing.T) {
	const forms = `{"elicitation":{}}`
	for name, tt := range map[string]struct{ response, want string }{
		"accepts":       {`{"action":"accept","content":{}}`, "sent"},
		"declines":      {`{"action":"decline"}`, "[POLICY DENIED]"},
		"cancels":       {`{"action":"cancel"}`, "[APPROVAL PENDING]"},
		"nonsense":      {`7`, "[APPROVAL PENDING]"},
		"another field": {`{"Action":{"action":"accept"}}`, "[APPROVAL PENDING]"},
	} {
		t.Run(name, func(t *testing.T) {
			b, book := newHeld(t, "caller", time.Hour)
			server := <-b.Servers
			b.Send(b.Client, statelessPayment(forms, ""))
			b.Expect(b.Client, `"id":1`, `"resultType":"input_required"`, `"method":"elicitation/create"`, "Do you approve this call?", "amount")
			all, err := book.List(time.Now())
			if err != nil || len(all) != 1 {
				t.Fatal(all, err)
			}
			for what, more := range map[string]string{"another call": answerWith("k3x7q2m5ab", `{"action":"accept"}`), "no id": answerWith("", `{"action":"accept"}`)} {
				b.Send(b.Client, statelessPayment(forms, more))
				if got := b.Receive(b.Client); !strings.Contains(got, `"input_required"`) {
					t.Errorf("the answer to %s: %s", what, got)
				}
			}
			other := strings.Replace(statelessPayment(forms, answerWith(all[0].ID, `{"action":"accept"}`)), `"amount":5`, `"amount":6`, 1)
			b.Send(b.Client, other)
			if got := b.Receive(b.Client); !strings.Contains(got, `"input_required"`) {
				t.Errorf("with other arguments: %s", got)
			}
			b.Send(b.Client, statelessPayment(forms, answerWith(all[0].ID, tt.response)))
			if tt.want != "sent" {
				b.Expect(b.Client, `"id":1`, tt.want)
				b.Quiet(b.Client, server)
				return
			}
			if sent := b.Expect(server, `"name":"pay"`, `"amount":5`); strings.Contains(sent, "spectap") || strings.Contains(sent, "inputResponses") {
				t.Errorf("the server gets %s", sent)
			}
			b.Send(server, `{"jsonrpc":"2.0","id":1,"result":{"content":[]}}`)
			b.Receive(b.Client)
			b.Send(b.Client, statelessPayment(forms, answerWith(all[0].ID, tt.response))) // again
			b.Expect(b.Client, `"input_required"`)
			b.Quiet(b.Client, server)
			if h, err := book.Get(all[0].ID, time.Now()); err != nil || h.State != approval.Used || h.Decisions[0].By != approval.Caller("alice") ||
				h.Decisions[0].Channel != approval.Elicitation {
				t.Errorf("%+v, %v", h, err)
			}
		})
	}
}

// A stateless client is not asked if it shows no forms, if the policy does not accept its user, or
// if the call answers a question of the server.
func TestStatelessCallerIsNotAsked(t *testing.T) {
	for name, tt := range map[string]struct{ approvers, capabilities, more string }{
		"nothing declared":    {"caller", `{}`, ""},
		"URLs alone":          {"caller", `{"elicitation":{"url":{}}}`, ""},
		"another person":      {"1", `{"elicitation":{"form":{}}}`, ""},
		"a state of a server": {"caller", `{"elicitation":{}}`, `,"requestState":"s"`},
		"answers to a server": {"caller", `{"elicitation":{}}`, `,"inputResponses":{"approval":{"action":"accept"}}`},
	} {
		b, book := newHeld(t, tt.approvers, time.Millisecond)
		server := <-b.Servers
		b.Send(b.Client, statelessPayment(tt.capabilities, tt.more))
		if got := b.Receive(b.Client); !strings.Contains(got, "[APPROVAL PENDING]") {
			t.Errorf("%s: %s", name, got)
		}
		all, err := book.List(time.Now())
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		if tt.approvers == "1" { // the answer of somebody whom the policy does not accept
			b.Send(b.Client, statelessPayment(tt.capabilities, answerWith(all[0].ID, `{"action":"accept"}`)))
			b.Expect(b.Client, "[APPROVAL PENDING]")
		}
		b.Quiet(b.Client, server)
	}
}
