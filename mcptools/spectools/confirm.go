package spectools

import (
	"context"
	"errors"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
)

// askFor is how long a person may take to answer while the client waits. Clients give up on a call after 60
// seconds (the TypeScript SDK's default), whatever they are told meanwhile.
const askFor = 50 * time.Second

// answerID names the one question of a call.
const answerID = "confirm"

// asker is how the client of a call can be asked.
type asker int

const (
	askNobody  asker = iota // it declared no elicitation
	askPush                 // by a request of the server's (until 2025-11-25)
	askByState              // by a result that asks for input (from 2026-07-28)
)

// clientOf says how the client of a call can be asked, from what it declared. The library would ask any client.
func clientOf(ctx context.Context) asker {
	if info := server.RequestProtocolInfoFromContext(ctx); info != nil && info.Modern {
		if info.ClientCapabilities != nil && hasForm(info.ClientCapabilities.Elicitation) {
			return askByState
		}
		return askNobody
	}
	if s, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo); ok && hasForm(s.GetClientCapabilities().Elicitation) {
		return askPush
	}
	return askNobody
}

// hasForm says whether forms can be shown. A capability that says nothing more means forms.
func hasForm(c *mcp.ElicitationCapability) bool { return c != nil && (c.Form != nil || c.URL == nil) }

// heldCall is a call that may not leave yet.
type heldCall struct {
	op        *operation
	principal string
	digest    guard.Digest // of the arguments and of what they make: a consent to one is none to another
	confirmed *bool        // the argument __confirmed, nil when it was not given
	request   egress.Call
	params    mcp.MultiRoundTripParams
}

// consent finds out whether somebody agrees. A result instead of a consent is the answer to the call as it is:
// a question, or that it is held.
func (s *Set) consent(ctx context.Context, h heldCall) (guard.Consent, *mcp.CallToolResult) {
	switch clientOf(ctx) {
	case askByState:
		return s.consentByState(h)
	case askPush:
		return s.consentByPush(ctx, h)
	}
	if h.confirmed != nil && *h.confirmed && s.o.Policy.RequireHuman {
		return guard.ByModel, nil // package guard refuses it
	}
	if s.o.Policy.RequireHuman {
		return guard.NoConsent, failure(codeAuthorization, "only a person may confirm this, and the client cannot ask one",
			errorDetails{Reason: "a person has to confirm it"}, "Use a client that supports elicitation. Nothing was sent.")
	}
	what := preview(h.op, h.request, 1000)
	switch {
	case h.confirmed == nil:
		s.holds.Hold(h.principal, h.op.name, h.digest)
		return guard.NoConsent, confirmation(h.op, what, true)
	case *h.confirmed && s.holds.Take(h.principal, h.op.name, h.digest):
		return guard.ByModel, nil
	}
	return guard.NoConsent, confirmation(h.op, what, false)
}

// consentByState asks by a result that the client answers with a second call. The state that it brings back was
// signed for this very call and counts once; an answer without it is not one.
func (s *Set) consentByState(h heldCall) (guard.Consent, *mcp.CallToolResult) {
	if h.params.RequestState != "" {
		if a := server.ElicitationResponse(h.params.InputResponses, answerID); a != nil &&
			s.signer.Redeem(h.params.RequestState, h.principal, h.op.name, h.digest) == nil {
			return agreed(a), nil
		}
	}
	state := s.signer.Issue(h.principal, h.op.name, h.digest)
	return guard.NoConsent, server.NewInputRequestBuilder(state).Elicit(answerID, question(h)).ToolResult()
}

func (s *Set) consentByPush(ctx context.Context, h heldCall) (guard.Consent, *mcp.CallToolResult) {
	srv := server.ServerFromContext(ctx)
	if srv == nil {
		return guard.NoConsent, nil
	}
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	a, err := srv.RequestElicitation(ctx, mcp.ElicitationRequest{
		Request: mcp.Request{Method: string(mcp.MethodElicitationCreate)}, Params: question(h),
	})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return guard.Refused, failure(codeAuthorization, "nobody answered the question in time",
			errorDetails{Reason: "not confirmed in time"}, "Nothing was sent. Call again when the user is there to answer.")
	case err != nil || a == nil:
		return guard.Refused, failure(codeAuthorization, "the user could not be asked",
			errorDetails{Reason: "the client did not put the question to the user"}, "Nothing was sent.")
	}
	return agreed(a), nil
}

// agreed reads a person's answer: agreeing is accepting the form without saying no in it.
func agreed(a *mcp.ElicitationResult) guard.Consent {
	if a.Action != mcp.ElicitationResponseActionAccept {
		return guard.Refused
	}
	if m, ok := a.Content.(map[string]any); ok {
		if yes, said := m[answerID].(bool); said && !yes {
			return guard.Refused
		}
	}
	return guard.ByPerson
}
