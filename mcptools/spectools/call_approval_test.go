package spectools

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/mcptools/spectools/credential"
)

// approved is a server of a document whose calls need approvals.
type approved struct {
	*enforced
	asked *agreeing
}

// newApproved returns a server whose guard holds the calls that require names, unless it is nil.
func newApproved(t *testing.T, document, text string, mode Mode, o Options, require *guard.Policy) *approved {
	x := &approved{newGuard(t, text, enforce.Config{Confirm: o.Policy, Require: require}), &agreeing{}}
	o.BaseURL = x.api.URL
	x.serve(document, mode, o, "agent")
	return x
}

// agreeing counts the questions to the person who uses the client, who agrees to all.
type agreeing struct{ n chan string }

func (a *agreeing) Elicit(_ context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	if a.n != nil {
		a.n <- r.Params.Message
	}
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionAccept, Content: map[string]any{}}}, nil
}

func (x *approved) client(modern bool) *client.Client {
	return connectTo(x.t, x.mcp, modern, client.WithElicitationHandler(x.asked))
}

// begin calls a tool and returns its answer when there is one.
func (x *approved) begin(c *client.Client, tool, args string) <-chan string {
	out := make(chan string, 1)
	go func() {
		var r mcp.CallToolRequest
		r.Params.Name, r.Params.Arguments = tool, json.RawMessage(args)
		res, err := c.CallTool(context.Background(), r)
		if err != nil {
			out <- "error: " + err.Error()
			return
		}
		out <- string(mustJSON(res))
	}()
	return out
}

// waiting returns the only call that waits, when there is one.
func (x *approved) waiting() approval.Held {
	x.t.Helper()
	late := time.After(time.Minute)
	for {
		all := must(x.book.List(x.now))
		for _, h := range all {
			if h.State == approval.Waiting {
				return h
			}
		}
		select {
		case <-late:
			x.t.Fatal("no call waits")
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func (x *approved) decide(h approval.Held, approve bool) {
	x.t.Helper()
	if _, err := x.book.Decide(h.ID, h.Digest, approval.Decision{By: "user:anna", Approve: approve, Channel: approval.Terminal}, x.now); err != nil {
		x.t.Fatal(err)
	}
}

// TestApprovalShowsTheRequest holds calls in both modes and eras, shows what will be sent without
// credentials, and sends it once. Nobody is asked for a confirmation besides.
func TestApprovalShowsTheRequest(t *testing.T) {
	const secured = shown + `
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}
security: [{key: []}]
`
	for _, mode := range []Mode{ModeStatic, ModeDynamic} {
		for _, modern := range []bool{false, true} {
			x := newApproved(t, secured, `{version: 1, default: allow}`, mode, Options{
				Credentials: credential.Environment{Get: func(string) string { return "hunter2" }}, Policy: guard.Policy{RequireHuman: true},
			}, &guard.Policy{})
			x.asked.n = make(chan string, 10)
			c := x.client(modern)
			tool, args := "change", `{"id":"1","who":"bo","X-Mode":"a","requestBody":{"to":"pаyroll"}}`
			if mode == ModeDynamic {
				tool, args = CallOperation, `{"operation":"change","arguments":`+args+`}`
			}
			answer := x.begin(c, tool, args)
			h := x.waiting()
			text := approval.Describe(&h, nil)
			for _, want := range []string{"POST " + x.api.URL + "/things/1", "X-Mode: a", "Cookie: who=bo", `"pа[U+0430]yroll"`, "server    " + x.api.URL, "rule      " + enforce.RuleRequire} {
				if !strings.Contains(text, want) {
					t.Errorf("%s: a person does not see %q:\n%s", mode, want, text)
				}
			}
			if strings.Contains(text, "hunter2") || h.Definition == "" || h.Client != "tests" {
				t.Errorf("%s: %s by %q: %s", mode, h.Definition, h.Client, text)
			}
			if n := len(x.api.requests()); n != 0 {
				t.Fatal("sent before anybody agreed")
			}
			x.decide(h, true)
			if got := <-answer; !strings.Contains(got, "api_response") {
				t.Fatalf("%s: approved: %s", mode, got)
			}
			got := x.api.last(t)
			if got.Method+" "+got.URI != "POST /things/1" || got.Header.Get("X-Key") != "hunter2" || got.Body != `{"to":"pаyroll"}` {
				t.Errorf("%s: sent %+v", mode, got)
			}
			select {
			case q := <-x.asked.n:
				t.Errorf("%s: asked for a confirmation besides: %s", mode, q)
			default:
			}
			again := x.begin(c, tool, args)
			h2 := x.waiting()
			if h2.ID == h.ID {
				t.Error("the approval is used twice")
			}
			x.decide(h2, false)
			if got := <-again; !strings.Contains(got, "a person has denied the call") || len(x.api.requests()) != 1 {
				t.Errorf("%s: denied: %s", mode, got)
			}
			all := x.records()
			if r := all[0]; !strings.HasPrefix(r.Confirmed, "approval "+h.ID+" of "+h.Digest[:12]+" by user:anna") {
				t.Errorf("the audit: %+v", r)
			}
		}
	}
}

// TestWhichCallsNeedAnApproval holds what the options name: all that writes, a method, a tool, and
// requests that may be handled as one of those.
func TestWhichCallsNeedAnApproval(t *testing.T) {
	for _, c := range []struct {
		name   string
		demand guard.Policy
		tool   string
		args   string
		held   bool
	}{
		{"a write", guard.Policy{}, "change", `{}`, true},
		{"a read", guard.Policy{}, "look", `{}`, false},
		{"a read that may become a write", guard.Policy{}, "look", `{"filter":{"_method":"DELETE"}}`, true},
		{"a read with a body", guard.Policy{}, "look", `{"requestBody":{}}`, true},
		{"another method", guard.Policy{NoConfirmDangerous: true, Confirm: []string{"DELETE"}}, "change", `{}`, false},
		{"the method by a header", guard.Policy{NoConfirmDangerous: true, Confirm: []string{"DELETE"}}, "change", `{"X_HTTP_METHOD_OVERRIDE":"delete"}`, true},
		{"a tool", guard.Policy{NoConfirmDangerous: true, Confirm: []string{"look"}}, "look", `{}`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newApproved(t, overrides, `{version: 1, default: allow}`, ModeStatic, Options{}, &c.demand)
			answer := x.begin(x.client(false), c.tool, c.args)
			if c.held {
				x.decide(x.waiting(), true)
			}
			if got := <-answer; !strings.Contains(got, "api_response") {
				t.Error(got)
			}
			all := must(x.book.List(x.now))
			isConfirmed := func(h approval.Held) bool { return h.Rule != enforce.RuleRequire } // by the client's person
			if all = slices.DeleteFunc(all, isConfirmed); len(all) == 1 != c.held {
				t.Errorf("held %d calls", len(all))
			}
		})
	}
}

// TestApprovalIsForOneRequest: any difference makes another call.
func TestApprovalIsForOneRequest(t *testing.T) {
	const text = `{version: 1, tools: {change: {require_approval: {reason: changes}}}}`
	x := newApproved(t, shown, text, ModeStatic, Options{}, nil)
	c := x.client(false)
	calls := []string{
		`{"id":"1","requestBody":{"n":1}}`, `{"id":"1","requestBody":{"n":2}}`, `{"id":"2","requestBody":{"n":1}}`,
		`{"id":"1","requestBody":{"n":1},"X-Mode":"a"}`, `{"id":"1","requestBody":{"n":1},"who":"b"}`, `{"id":"1","requestBody":{"ո":1}}`,
		`{"id":"1","requestBody":{"n":1.0}}`, `{"id":"1","requestBody":{"n":1},"Content-Encoding":"gzip"}`,
		`{"id":"1","requestContentType":"multipart/form-data","requestBody":{"note":"n"}}`,
	}
	seen := map[string]bool{}
	for _, args := range calls {
		answer := x.begin(c, "change", args)
		h := x.waiting()
		if seen[h.Digest] {
			t.Errorf("%s is taken for another call", args)
		}
		seen[h.Digest] = true
		x.decide(h, true)
		if got := <-answer; !strings.Contains(got, "api_response") {
			t.Errorf("%s: %s", args, got)
		}
	}
	// __confirmed says nothing, and the order of members does not count.
	answer := x.begin(c, "change", `{"requestBody":{"n":1},"id":"1","__confirmed":true}`)
	h := x.waiting()
	x.decide(h, true)
	<-answer
	if !seen[h.Digest] {
		t.Error("the same call has another digest")
	}
	if n := len(x.api.requests()); n != len(calls)+1 {
		t.Errorf("%d requests", n)
	}
}

// TestDocumentChangesMeanwhile does not send what an older document described.
func TestDocumentChangesMeanwhile(t *testing.T) {
	x := newApproved(t, shown, `{version: 1, default: allow}`, ModeStatic, Options{}, &guard.Policy{})
	answer := x.begin(x.client(false), "change", `{"id":"1"}`)
	h := x.waiting()
	x.set.Retire()
	x.decide(h, true)
	if got := <-answer; !strings.Contains(got, "the document has changed") || len(x.api.requests()) != 0 {
		t.Error(got)
	}
}

// TestManyWait answers calls at once as pending when too many wait, so that others get through.
func TestManyWait(t *testing.T) {
	x := newApproved(t, clinic, `{version: 1, default: allow, tools: {getVisit: {require_approval: true}}}`, ModeStatic, Options{}, nil)
	c := x.client(false)
	answers := make(chan string, 60)
	for i := range 60 {
		go func() {
			answers <- <-x.begin(c, "getVisit", fmt.Sprintf(`{"id":%d}`, i))
		}()
	}
	for range 12 { // of 60, 48 wait
		if got := <-answers; !strings.Contains(got, "[APPROVAL PENDING]") || !strings.Contains(got, `"state":"pending"`) {
			t.Fatal(got)
		}
	}
	if got := x.try(c, "health_check", `{}`); !strings.Contains(got, "api_response") {
		t.Error(got)
	}
	all := must(x.book.List(x.now))
	for _, h := range all {
		if h.State == approval.Waiting {
			x.decide(h, false)
		}
	}
	for range 48 {
		if got := <-answers; !strings.Contains(got, "a person has denied") {
			t.Error(got)
		}
	}
}

// TestCallersPerson asks the person who uses the client if the policy accepts that, and counts the
// answer as one approval. Other clients wait for others.
func TestCallersPerson(t *testing.T) {
	for _, modern := range []bool{false, true} {
		x := newApproved(t, clinic, `{version: 1, default: allow, tools: {getVisit: {require_approval: {approvers: caller}}, listVisits: {require_approval: true}}}`, ModeStatic, Options{}, nil)
		x.asked.n = make(chan string, 10)
		if got := <-x.begin(x.client(modern), "getVisit", `{"id":5}`); !strings.Contains(got, "api_response") {
			t.Fatalf("modern %v: %s", modern, got)
		}
		if q := <-x.asked.n; !strings.Contains(q, "/id = 5") || !strings.Contains(q, "/visits/5") {
			t.Error(q)
		}
		all := x.records()
		for i := range all {
			if all[i].Decision == "allow" && !strings.Contains(all[i].Confirmed, "by caller:agent (elicitation)") {
				t.Errorf("the audit: %+v", all[i])
			}
		}
		answer := x.begin(connectTo(t, x.mcp, modern), "getVisit", `{"id":6}`) // cannot ask
		x.decide(x.waiting(), true)
		if got := <-answer; !strings.Contains(got, "api_response") {
			t.Error(got)
		}
		answer = x.begin(x.client(modern), "listVisits", `{}`) // not the caller's to decide
		x.decide(x.waiting(), false)
		if got := <-answer; !strings.Contains(got, "denied") || len(x.asked.n) != 0 {
			t.Error(got)
		}
	}
}

// TestApprovalIsForOneCredential approves a call while the secret changes: it is not sent. With
// another secret, the same call is another call, for rules too. Access tokens that are fetched anew
// stand for their client: TestOAuth2Requests.
func TestApprovalIsForOneCredential(t *testing.T) {
	const secured = shown + `
components: {securitySchemes: {key: {type: http, scheme: bearer}}}
security: [{key: []}]
`
	var secret atomic.Value
	secret.Store("first-token-of-anna-0123456789")
	x := newApproved(t, secured, `{version: 1, default: allow}`, ModeStatic, Options{
		Credentials: credential.Environment{Get: func(string) string { return secret.Load().(string) }},
	}, &guard.Policy{})
	c := x.client(false)
	const args = `{"id":"1","who":"bo","X-Mode":"a","requestBody":{"to":"payroll"}}`
	sent := func(answer <-chan string, want string) {
		t.Helper()
		if got := <-answer; !strings.Contains(got, "api_response") || x.api.last(t).Header.Get("Authorization") != "Bearer "+want {
			t.Fatalf("sent with %s: %s", x.api.last(t).Header.Get("Authorization"), got)
		}
	}
	answer := x.begin(c, "change", args)
	h := x.waiting()
	if text := approval.Describe(&h, nil); !strings.Contains(text, "Bearer (security scheme key) firs…\n") {
		t.Errorf("a person does not see the credential:\n%s", text)
	}
	if text, _ := approval.Question(&h); strings.Contains(text, "firs") {
		t.Errorf("the client sees a part of the credential:\n%s", text)
	}
	secret.Store("second-token-of-ben-0123456789")
	if _, err := x.book.Allow(h.ID, approval.Terms{Expires: x.now.Add(time.Hour)}, approval.Decision{By: "user:anna", Approve: true, Channel: approval.Terminal}, x.now); err != nil {
		t.Fatal(err)
	}
	x.decide(h, true)
	if got := <-answer; !strings.Contains(got, "the credentials have changed") || len(x.api.requests()) != 0 {
		t.Errorf("approved with another secret: %s", got)
	}
	answer = x.begin(c, "change", args)
	second := x.waiting()
	if text := approval.Describe(&second, nil); !strings.Contains(text, " seco…\n") {
		t.Errorf("a person does not see the other credential:\n%s", text)
	}
	x.decide(second, false)
	<-answer
	secret.Store("first-token-of-anna-0123456789")
	sent(x.begin(c, "change", args), "first-token-of-anna-0123456789") // by the rule
}
