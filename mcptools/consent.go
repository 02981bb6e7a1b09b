package mcptools

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/tool"
)

// confirmedParam is the argument that repeats a call which was held.
var confirmedParam = tool.Param{Name: "__confirmed", Kind: tool.Boolean, Default: false,
	Doc: "true repeats a call that was held, once the user agreed to it; it counts for the very same arguments, once"}

// asking is a result in the place of an answer: a question to the user.
type questionError struct{ result *mcp.CallToolResult }

func (*questionError) Error() string { return "the user is asked" }

type callKey struct{}

// asked is the call that is under way.
type call struct {
	tool   string
	params mcp.CallToolParams
	raw    json.RawMessage
}

func withCall(ctx context.Context, a *call) context.Context {
	return context.WithValue(ctx, callKey{}, a)
}

// askFor is how long a person may take to answer: clients give up on a call after 60 seconds.
const askFor = 50 * time.Second

const answerID = "confirm"

// confirm returns nil when somebody agreed that this very call does what is said; else what to answer.
func (s *service) confirm(ctx context.Context, what string) error {
	call, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		return errors.New("confirm outside of a call")
	}
	principal := s.principal(ctx)
	digest, confirmed := call.digest()
	consent, err := s.consent(ctx, call, principal, digest, confirmed, what)
	if err != nil {
		return err
	}
	d := guard.Decide(guard.Call{
		Principal: principal, Tool: call.tool, Method: "POST", Digest: digest, Checked: true, Consent: consent,
		Policy: guard.Policy{RequireHuman: s.Allow.RequireHuman},
	})
	s.Log.Info("a call that changes something was decided on", "tool", call.tool, "arguments", digest.String(), "consent", consent.String(), "verdict", d.Verdict.String())
	if d.Verdict != guard.Allow {
		return tool.Errorf(tool.CodeRefused, "nothing was done", "not allowed: %s", d.Reason)
	}
	return nil
}

// digest is that of the arguments but for __confirmed, and whether that was true.
func (a *call) digest() (guard.Digest, bool) {
	d := json.NewDecoder(strings.NewReader(string(a.raw)))
	d.UseNumber()
	var v map[string]any
	d.Decode(&v) // parsed before
	yes, _ := v["__confirmed"].(bool)
	delete(v, "__confirmed")
	if v == nil {
		v = map[string]any{}
	}
	return guard.DigestOf(v), yes
}

// consent finds out who agrees: a person where the client can ask one, else the caller by repeating the call.
func (s *service) consent(ctx context.Context, call *call, principal string, d guard.Digest, confirmed bool, what string) (guard.Consent, error) {
	question := mcp.ElicitationParams{
		Mode: mcp.ElicitationModeForm, Message: call.tool + " would " + what + " Shall it?",
		RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{}},
	}
	modern := server.RequestProtocolInfoFromContext(ctx)
	if modern != nil && modern.Modern {
		if c := modern.ClientCapabilities; c != nil && canAsk(c.Elicitation) {
			p := call.params.MultiRoundTripParams
			if p.RequestState != "" {
				if a := server.ElicitationResponse(p.InputResponses, answerID); a != nil && s.signer.Redeem(p.RequestState, principal, call.tool, d) == nil {
					return answerOf(a), nil
				}
			}
			state := s.signer.Issue(principal, call.tool, d)
			return guard.NoConsent, &questionError{server.NewInputRequestBuilder(state).Elicit(answerID, question).ToolResult()}
		}
	} else if session, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo); ok && canAsk(session.GetClientCapabilities().Elicitation) {
		ctx, cancel := context.WithTimeout(ctx, askFor)
		defer cancel()
		a, err := server.ServerFromContext(ctx).RequestElicitation(ctx, mcp.ElicitationRequest{
			Request: mcp.Request{Method: string(mcp.MethodElicitationCreate)}, Params: question,
		})
		if err != nil || a == nil {
			return guard.Refused, nil
		}
		return answerOf(a), nil
	}
	switch {
	case s.Allow.RequireHuman:
		return guard.NoConsent, tool.Errorf(tool.CodeRefused, "use a client that supports elicitation", "only a person may confirm this, and the client cannot ask one")
	case !confirmed:
		s.holds.Hold(principal, call.tool, d)
		return guard.NoConsent, tool.Errorf(tool.CodeConfirm, "ask the user; if they agree, repeat the call with the very same arguments and __confirmed: true",
			"nothing was done: %s would %s", call.tool, what)
	case s.holds.Take(principal, call.tool, d):
		return guard.ByModel, nil
	}
	return guard.NoConsent, tool.Errorf(tool.CodeConfirm, "repeat the call without __confirmed first", "nothing was done: no call with these arguments is held")
}

// canAsk says whether a client shows forms. A capability that says nothing more means forms.
func canAsk(c *mcp.ElicitationCapability) bool { return c != nil && (c.Form != nil || c.URL == nil) }

func answerOf(a *mcp.ElicitationResult) guard.Consent {
	if a.Action == mcp.ElicitationResponseActionAccept {
		return guard.ByPerson
	}
	return guard.Refused
}

// principal names the caller, who owns consents and session variables: the transport's name, the
// session, or both. Requests of the newest protocol over HTTP have no session; the caller is then
// the holder of the token.
func (s *service) principal(ctx context.Context) string {
	who, session := "", ""
	if s.Principal != nil {
		who = s.Principal(ctx)
	}
	if c := server.ClientSessionFromContext(ctx); c != nil {
		session = c.SessionID()
	}
	return strings.Trim(who+"/"+session, "/")
}
