package mcptools

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcptools/tool"
)

// calling returns the context of a call of the tool "clear" with these arguments.
func calling(ctx context.Context, args string) context.Context {
	return tool.WithCall(ctx, &tool.Call{Tool: "clear", Raw: json.RawMessage(args)})
}

// testConsents returns an empty set, whose log is written to log.
func testConsents(requireHuman bool, log *bytes.Buffer) *consents {
	return newConsents(requireHuman, nil, slog.New(slog.NewTextHandler(log, nil)))
}

// outcome says what Confirm returned.
func outcome(err error) string {
	var te *tool.Error
	var ask *questionError
	var denied *deniedError
	switch {
	case err == nil:
		return "agreed"
	case errors.As(err, &te):
		return string(te.Code) + ": " + te.Message + "; " + te.Hint
	case errors.As(err, &ask), errors.As(err, &denied):
		return err.Error()
	}
	return "error: " + err.Error()
}

// TestOnlyAPerson refuses what the model confirms if only a person may, and neither holds it.
func TestOnlyAPerson(t *testing.T) {
	s := testConsents(true, new(bytes.Buffer))
	for _, args := range []string{`{}`, `{"__confirmed":true}`} {
		if got := outcome(s.Confirm(calling(t.Context(), args), "delete all.")); !strings.HasPrefix(got, "refused: nothing was done: only a person may confirm this") {
			t.Errorf("%s: %s", args, got)
		}
	}
	if got := outcome(s.Confirm(t.Context(), "delete all.")); got != "error: confirm outside of a call" {
		t.Errorf("without a call: %s", got)
	}
}

// askedSession is a connection whose user answers each question.
type askedSession struct {
	id     string
	answer func() (*mcp.ElicitationResult, error)
	asked  []string
}

func (s *askedSession) Initialize()                                         {}
func (s *askedSession) Initialized() bool                                   { return true }
func (s *askedSession) NotificationChannel() chan<- mcp.JSONRPCNotification { return nil }
func (s *askedSession) SessionID() string                                   { return s.id }
func (s *askedSession) SetClientInfo(mcp.Implementation)                    {}
func (s *askedSession) GetClientInfo() mcp.Implementation                   { return mcp.Implementation{} }
func (s *askedSession) SetClientCapabilities(mcp.ClientCapabilities)        {}
func (s *askedSession) GetClientCapabilities() mcp.ClientCapabilities {
	return mcp.ClientCapabilities{Elicitation: new(mcp.ElicitationCapability)}
}

func (s *askedSession) RequestElicitation(_ context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	s.asked = append(s.asked, r.Params.Message)
	return s.answer()
}

// in returns the context of a request of a session, as handlers get it.
func in(t *testing.T, s server.ClientSession) context.Context {
	t.Helper()
	srv := server.NewMCPServer("test", "1", server.WithElicitation())
	var ctx context.Context
	srv.AddTool(mcp.NewTool("context"), func(c context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		ctx = c
		return mcp.NewToolResultText(""), nil
	})
	srv.HandleMessage(srv.WithContext(t.Context(), s), json.RawMessage(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"context"}}`))
	if ctx == nil {
		t.Fatal("the tool was not called")
	}
	return ctx
}

func answeredParams(action mcp.ElicitationResponseAction) *mcp.ElicitationResult {
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: action}}
}

// TestTooManyQuestions refuses a call beyond the questions that a person can judge at once, and
// says when to call again.
func TestTooManyQuestions(t *testing.T) {
	s := testConsents(false, new(bytes.Buffer))
	who := &askedSession{id: "s"}
	confirm := func() string { return outcome(s.Confirm(calling(in(t, who), `{}`), "delete all.")) }
	var while []string // outcomes of calls while the questions of earlier ones wait, the last call first
	who.answer = func() (*mcp.ElicitationResult, error) {
		while = append(while, confirm())
		return answeredParams(mcp.ElicitationResponseActionAccept), nil
	}
	if got := confirm(); got != "agreed" || len(while) != front.MaxQuestions || len(who.asked) != front.MaxQuestions {
		t.Fatalf("%s; asked %d times", got, len(who.asked))
	}
	if got := while[0]; !strings.HasPrefix(got, "refused: nothing was done: 8 questions wait") || !strings.HasSuffix(got, "; call again when the user has answered") {
		t.Errorf("one more: %s", got)
	}
	for _, got := range while[1:] {
		if got != "agreed" {
			t.Errorf("one of the others: %s", got)
		}
	}
}

// TestStateIsForOneCall takes an answer with the state of the question that it answers: once, from
// the same caller, for the same arguments.
func TestStateIsForOneCall(t *testing.T) {
	s := testConsents(false, new(bytes.Buffer))
	s.Principal = func(ctx context.Context) string { name, _ := ctx.Value(callerKey{}).(string); return name }
	confirm := func(who, args, state string, action mcp.ElicitationResponseAction) (string, string) {
		info := &server.RequestProtocolInfo{Modern: true, ClientCapabilities: &mcp.ClientCapabilities{Elicitation: new(mcp.ElicitationCapability)}}
		ctx := context.WithValue(server.WithRequestProtocolInfo(t.Context(), info), callerKey{}, who)
		c := &tool.Call{Tool: "clear", Raw: json.RawMessage(args)}
		c.Params.RequestState = state
		if action != "" {
			raw, err := json.Marshal(map[string]any{front.AnswerID: answeredParams(action)})
			noError(t, err)
			noError(t, json.Unmarshal(raw, &c.Params.InputResponses))
		}
		err := s.Confirm(tool.WithCall(ctx, c), "delete all.")
		var ask *questionError
		if errors.As(err, &ask) {
			state = ask.Result.RequestState
			if raw, err := json.Marshal(ask.Result); err != nil || !strings.Contains(string(raw), "clear would delete all. Do you agree?") || state == "" {
				t.Errorf("the question is %s, %v", raw, err)
			}
			return "asked", state
		}
		return outcome(err), ""
	}
	const accept, decline = mcp.ElicitationResponseActionAccept, mcp.ElicitationResponseActionDecline
	for _, c := range []struct {
		name, who, args string
		action          mcp.ElicitationResponseAction
		want            string
	}{
		{"accepted", "ann", `{"id":1}`, accept, "agreed"},
		{"declined", "ann", `{"id":1}`, decline, "refused: not allowed: "},
		{"without an answer", "ann", `{"id":1}`, "", "asked"},
		{"of another caller", "bob", `{"id":1}`, accept, "asked"},
		{"of other arguments", "ann", `{"id":2}`, accept, "asked"},
	} {
		first, state := confirm("ann", `{"id":1}`, "", "")
		if first != "asked" {
			t.Fatalf("%s: %s", c.name, first)
		}
		if got, _ := confirm(c.who, c.args, state, c.action); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if got, _ := confirm(c.who, c.args, state, c.action); c.want == "agreed" && got != "asked" {
			t.Errorf("%s: the state is taken twice: %s", c.name, got)
		}
	}
	if got, _ := confirm("ann", `{"id":1}`, "made up", accept); got != "asked" {
		t.Errorf("a state that was not issued: %s", got)
	}
}

type callerKey struct{}

// TestDigest leaves out only the confirmation, and tells numbers apart that a float does not.
func TestDigest(t *testing.T) {
	of := func(args string) guard.Digest {
		d, _ := callDigest(&tool.Call{Raw: json.RawMessage(args)})
		return d
	}
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{`{"a":1,"b":2}`, `{"b":2,"a":1}`, true},
		{`{"a":1}`, `{"a":1,"__confirmed":true}`, true},
		{``, `{}`, true},
		{`null`, `{}`, true},
		{`{"a":1}`, `{"a":2}`, false},
		{`{"a":1}`, `{"a":"1"}`, false},
		{`{"a":9007199254740992}`, `{"a":9007199254740993}`, false},
	} {
		if (of(c.a) == of(c.b)) != c.same {
			t.Errorf("%s and %s are the same: %v", c.a, c.b, !c.same)
		}
	}
}
