package enforcement

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/mcp/front"
)

// session is a connection whose user answers each question with an action; with "" there is no
// answer.
type session struct {
	id     string
	action mcp.ElicitationResponseAction
	asked  chan string
	notes  chan mcp.JSONRPCNotification
}

func newSession(action mcp.ElicitationResponseAction) *session {
	return &session{id: "secret-id", action: action, asked: make(chan string, 10), notes: make(chan mcp.JSONRPCNotification, 10)}
}

func (s *session) Initialize()                                         {}
func (s *session) Initialized() bool                                   { return true }
func (s *session) NotificationChannel() chan<- mcp.JSONRPCNotification { return s.notes }
func (s *session) SessionID() string                                   { return s.id }
func (s *session) SetClientInfo(mcp.Implementation)                    {}
func (s *session) GetClientInfo() mcp.Implementation                   { return mcp.Implementation{} }
func (s *session) SetClientCapabilities(mcp.ClientCapabilities)        {}
func (s *session) GetClientCapabilities() mcp.ClientCapabilities {
	return mcp.ClientCapabilities{Elicitation: new(mcp.ElicitationCapability)}
}

func (s *session) RequestElicitation(_ context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	s.asked <- r.Params.Message
	if s.action == "" {
		return nil, context.DeadlineExceeded
	}
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: s.action}}, nil
}

// begin sends a request and returns its answer when there is one.
func (j *judging) begin(ctx context.Context, params string) <-chan string {
	out := make(chan string, 1)
	go func() { out <- j.send(ctx, "tools/call", params) }()
	return out
}

// waiting returns the only call that waits, when there is one.
func (j *judging) waiting() approval.Held {
	j.t.Helper()
	late := time.After(time.Minute)
	for {
		all, err := j.book.List(time.Now())
		if err != nil {
			j.t.Fatal(err)
		}
		for _, h := range all {
			if h.State == approval.Waiting {
				return h
			}
		}
		select {
		case <-late:
			j.t.Fatal("no call waits")
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func (j *judging) decide(h approval.Held, approve bool) {
	j.t.Helper()
	if _, err := j.book.Decide(h.ID, h.Digest, approval.Decision{By: "user:bo", Approve: approve, Channel: approval.Terminal}, time.Now()); err != nil {
		j.t.Fatal(err)
	}
}

const byCaller = `{version: 1, tools: {read: {require_approval: {approvers: caller}}}}`

// TestCallersPersonAnswers asks the person who uses the client, whose yes or no decides. A form that
// was closed, or no answer, leaves the call to others.
func TestCallersPersonAnswers(t *testing.T) {
	for _, c := range []struct {
		action mcp.ElicitationResponseAction
		others bool
		want   string
	}{
		{mcp.ElicitationResponseActionAccept, false, `"secret":"x"`},
		{mcp.ElicitationResponseActionDecline, false, "a person has denied the call"},
		{mcp.ElicitationResponseActionCancel, true, `"secret":"x"`},
		{"", true, `"secret":"x"`},
	} {
		j := newJudging(t, byCaller, ToolOptions{})
		who := newSession(c.action)
		answer := j.begin(j.mcp.WithContext(t.Context(), who), `{"name":"read","arguments":{"how":"a\u202eb"}}`)
		if q := <-who.asked; !strings.Contains(q, `/how = "a\u202eb"`) || !strings.HasSuffix(q, "Do you approve this call?") {
			t.Errorf("asked %q", q)
		}
		if c.others {
			j.decide(j.waiting(), true)
		}
		if got := <-answer; !strings.Contains(got, c.want) {
			t.Errorf("%q: %s, want %s", c.action, got, c.want)
		}
		for _, r := range j.records() {
			if len(r.Session) != 16 || r.Identity != "ann" {
				t.Errorf("the audit names the session %q of %q", r.Session, r.Identity)
			}
		}
	}
}

// TestQuestionAsResult answers a call of the newest protocol with a question, and takes the answer
// with the state of that question.
func TestQuestionAsResult(t *testing.T) {
	for action, want := range map[mcp.ElicitationResponseAction]string{
		mcp.ElicitationResponseActionAccept: `"secret":"x"`, mcp.ElicitationResponseActionDecline: "a person has denied the call",
		mcp.ElicitationResponseActionCancel: "Do you approve this call?", "": "Do you approve this call?",
	} {
		j := newJudging(t, byCaller, ToolOptions{})
		call := func(more string) string {
			const meta = `"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}`
			return j.send(t.Context(), "tools/call", `{"name":"read","arguments":{"how":"a"},"_meta":{`+meta+`}`+more+`}`)
		}
		var first struct {
			Result struct {
				RequestState string `json:"requestState"`
			} `json:"result"`
		}
		asked := call("")
		if err := json.Unmarshal([]byte(asked), &first); err != nil || first.Result.RequestState == "" || !strings.Contains(asked, "Do you approve this call?") {
			t.Fatalf("%v: %s", err, asked)
		}
		const response = `,"requestState":%q,"inputResponses":{%q:{"action":%q}}`
		if got := call(fmt.Sprintf(response, "another", front.AnswerID, mcp.ElicitationResponseActionAccept)); !strings.Contains(got, "Do you approve this call?") {
			t.Errorf("an answer to another question: %s", got)
		}
		more := fmt.Sprintf(response, first.Result.RequestState, front.AnswerID, action)
		if action == "" {
			more = fmt.Sprintf(`,"requestState":%q`, first.Result.RequestState)
		}
		if got := call(more); !strings.Contains(got, want) {
			t.Errorf("%q: %s, want %s", action, got, want)
		}
	}
}

// TestHeldCall shows those who approve a call its tool's definition, tells a client that asked for
// progress that it waits, and does not let it proceed once it must not.
func TestHeldCall(t *testing.T) { synctest.Test(t, testHeldCall) }

func testHeldCall(t *testing.T) {
	why := ""
	j := newJudging(t, `{version: 1, tools: {read: {require_approval: true}}}`, ToolOptions{Recheck: func() string { return why }})
	who := newSession("")
	answer := j.begin(j.mcp.WithContext(t.Context(), who), `{"name":"read","_meta":{"progressToken":"p"}}`)
	note := <-who.notes
	h := j.waiting()
	raw, err := json.Marshal(note)
	if err != nil || !strings.Contains(string(raw), `"message":"waits for a person's approval: `+h.ID+`","progress":1,"progressToken":"p"`) {
		t.Errorf("the client was told %s, %v", raw, err)
	}
	listed := j.mcp.GetTool("read").Tool
	text, err := json.Marshal(listed)
	if err != nil {
		t.Fatal(err)
	}
	if want, err := pin.Hash(text); err != nil || h.Definition != want || Definition(listed) != want || want == "" {
		t.Errorf("the definition is %q, want %q, %v", h.Definition, want, err)
	}
	why = "the document has changed"
	j.decide(h, true)
	if got := <-answer; !strings.Contains(got, why) {
		t.Errorf("a call that must not take effect any more: %s", got)
	}
	if len(who.asked) > 0 {
		t.Errorf("asked a person who may not decide: %s", <-who.asked)
	}
}

// TestInnerCalls judges the call within a call by its own name and arguments, and answers one that
// is hidden like one that does not exist.
func TestInnerCalls(t *testing.T) {
	inner := func(args any) *enforce.Inner {
		m, _ := args.(map[string]any)
		name, _ := m["operation"].(string)
		if name == "" {
			return nil
		}
		return &enforce.Inner{Name: name, Args: m, Definition: func() string { return "definition of " + name }}
	}
	unknown := func(_ context.Context, args any) *mcp.CallToolResult {
		return mcp.NewToolResultError("no such operation")
	}
	quarantined := func(_ context.Context, args any) string {
		if m, _ := args.(map[string]any); m["operation"] == "new" {
			return "nobody has accepted it"
		}
		return ""
	}
	j := newJudging(t, `
version: 1
tools:
  read: {}
  get: {deny_if: [{path: args.id, op: eq, value: 2, optional: true}]}
  put: {require_approval: true}
  new: {}
`, ToolOptions{Inner: inner, Unknown: unknown, Quarantined: quarantined})
	for args, want := range map[string]string{
		`{}`: `"secret":"x"`, `{"operation":"get","id":1}`: `"secret":"x"`, `{"operation":"get","id":2}`: "[POLICY DENIED] /tools/get/deny_if/0",
		`{"operation":"none"}`: "no such operation", `{"operation":"new"}`: "nobody has accepted it",
	} {
		if got := j.send(t.Context(), "tools/call", `{"name":"read","arguments":`+args+`}`); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", args, got, want)
		}
	}
	answer := j.begin(t.Context(), `{"name":"read","arguments":{"operation":"put"}}`)
	h := j.waiting()
	if h.Definition != "definition of put" {
		t.Errorf("the definition is %q", h.Definition)
	}
	j.decide(h, true)
	if got := <-answer; !strings.Contains(got, `"secret":"x"`) {
		t.Error(got)
	}
}

// TestSessionsEnd forgets what was called in a session when it ends.
func TestSessionsEnd(t *testing.T) {
	j := newJudging(t, `{version: 1, tools: {read: {}, hidden: {after: read}}}`, ToolOptions{})
	who := newSession("")
	if err := j.mcp.RegisterSession(t.Context(), who); err != nil {
		t.Fatal(err)
	}
	ctx := j.mcp.WithContext(t.Context(), who)
	call := func(name string) string { return j.send(ctx, "tools/call", `{"name":"`+name+`"}`) }
	call("read")
	if got := call("hidden"); !strings.Contains(got, `"secret":"x"`) {
		t.Errorf("after the other call: %s", got)
	}
	j.mcp.UnregisterSession(t.Context(), who.id)
	if got := call("hidden"); !strings.Contains(got, "[POLICY DENIED] /tools/hidden/after") {
		t.Errorf("in the next session: %s", got)
	}
}

var _ server.SessionWithElicitation = (*session)(nil)
