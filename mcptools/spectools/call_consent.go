package spectools

import (
	"context"
	"errors"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/front"
)

// heldCall is a call that waits for a consent.
type heldCall struct {
	op        *operation
	principal string
	digest    guard.Digest // of the arguments and the request, so that a consent is valid for nothing else
	confirmed *bool        // the argument __confirmed, nil if it was not given
	request   egress.Call
	methods   guard.Methods // as which servers may handle the request
	params    mcp.MultiRoundTripParams
}

// consent returns the consent to a held call. A result in its place is the answer to the call: a
// question, or the information that the call is held.
func (s *Set) consent(ctx context.Context, h heldCall) (guard.Consent, *mcp.CallToolResult) {
	switch front.ChannelOf(ctx) {
	case front.ByResult:
		return s.askByResult(h)
	case front.ByRequest:
		return s.askByRequest(ctx, h)
	}
	if h.confirmed != nil && *h.confirmed && s.o.Policy.RequireHuman {
		return guard.ByModel, nil // package guard refuses it
	}
	if s.o.Policy.RequireHuman {
		return guard.NoConsent, failure(codeAuthorization,
			"only a person may confirm this, and the client cannot ask one",
			errorDetails{Reason: "a person has to confirm it"},
			"Use a client that supports elicitation. Nothing was sent.")
	}
	request := preview(h, 1000)
	switch {
	case h.confirmed == nil:
		s.holds.Hold(h.principal, h.op.toolName, h.digest)
		return guard.NoConsent, confirmationRequest(h, request, true)
	case *h.confirmed && s.holds.Take(h.principal, h.op.toolName, h.digest):
		return guard.ByModel, nil
	}
	return guard.NoConsent, confirmationRequest(h, request, false)
}

// askByResult asks with a result, which the client answers with a second call. The state that it
// returns is bound to this very call and valid once. An answer without it is ignored.
func (s *Set) askByResult(h heldCall) (guard.Consent, *mcp.CallToolResult) {
	if h.params.RequestState != "" {
		if a := server.ElicitationResponse(h.params.InputResponses, front.AnswerID); a != nil &&
			s.states.Redeem(h.params.RequestState, h.principal, h.op.toolName, h.digest) {
			return consentOf(a), nil
		}
	}
	state := s.states.Issue(h.principal, h.op.toolName, h.digest)
	return guard.NoConsent, server.NewInputRequestBuilder(state).Elicit(front.AnswerID, question(h)).ToolResult()
}

// askByRequest asks with a request of the server while the call waits.
func (s *Set) askByRequest(ctx context.Context, h heldCall) (guard.Consent, *mcp.CallToolResult) {
	a, err := s.questions.Ask(ctx, h.principal, question(h))
	switch {
	case errors.Is(err, front.ErrTooManyQuestions):
		return guard.NoConsent, failure(codeAuthorization, err.Error(),
			errorDetails{Reason: "too many questions are open"},
			"Nothing was sent. Call again when the user has answered.")
	case errors.Is(err, context.DeadlineExceeded):
		return guard.Refused, failure(codeAuthorization, "nobody answered the question in time",
			errorDetails{Reason: "not confirmed in time"},
			"Nothing was sent. Call again when the user is there to answer.")
	case err != nil:
		return guard.Refused, failure(codeAuthorization, "the user could not be asked",
			errorDetails{Reason: "the client did not put the question to the user"}, "Nothing was sent.")
	}
	return consentOf(a), nil
}

// consentOf returns the consent of a person's answer.
func consentOf(a *mcp.ElicitationResult) guard.Consent {
	if front.Agrees(a) {
		return guard.ByPerson
	}
	return guard.Refused
}
