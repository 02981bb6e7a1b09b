package spectools

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
)

// answerTimeout is how long a person may take to answer while the client waits. Clients give up a
// call after 60 seconds (the default of the TypeScript SDK), whatever they are told meanwhile.
const answerTimeout = 50 * time.Second

// answerID identifies the only question of a call.
const answerID = "confirm"

// questionChannel is how the client of a call can be asked.
type questionChannel int

const (
	noQuestions       questionChannel = iota // the client declared no elicitation
	questionByRequest                        // by a request of the server (protocol until 2025-11-25)
	questionByResult                         // by a result that asks for input (protocol from 2026-07-28)
)

// questionChannelOf returns how the client of a call can be asked, from the capabilities that it
// declared. The library would ask any client.
func questionChannelOf(ctx context.Context) questionChannel {
	if info := server.RequestProtocolInfoFromContext(ctx); info != nil && info.Modern {
		if info.ClientCapabilities != nil && canShowForm(info.ClientCapabilities.Elicitation) {
			return questionByResult
		}
		return noQuestions
	}
	s, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo)
	if ok && canShowForm(s.GetClientCapabilities().Elicitation) {
		return questionByRequest
	}
	return noQuestions
}

// canShowForm reports whether a client can show forms. A capability without details means forms.
func canShowForm(c *mcp.ElicitationCapability) bool {
	return c != nil && (c.Form != nil || c.URL == nil)
}

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
	switch questionChannelOf(ctx) {
	case questionByResult:
		return s.askByResult(h)
	case questionByRequest:
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
		if a := server.ElicitationResponse(h.params.InputResponses, answerID); a != nil &&
			s.states.Redeem(h.params.RequestState, h.principal, h.op.toolName, h.digest) {
			return consentOf(a), nil
		}
	}
	state := s.states.Issue(h.principal, h.op.toolName, h.digest)
	return guard.NoConsent, server.NewInputRequestBuilder(state).Elicit(answerID, question(h)).ToolResult()
}

// askByRequest asks with a request of the server while the call waits.
func (s *Set) askByRequest(ctx context.Context, h heldCall) (guard.Consent, *mcp.CallToolResult) {
	srv := server.ServerFromContext(ctx)
	if srv == nil {
		return guard.NoConsent, nil
	}
	done, ok := s.questions.open(h.principal)
	if !ok {
		return guard.NoConsent, failure(codeAuthorization,
			fmt.Sprintf("%d questions wait for an answer of the user, and no more are asked at once", maxQuestions),
			errorDetails{Reason: "too many questions are open"},
			"Nothing was sent. Call again when the user has answered.")
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	a, err := srv.RequestElicitation(ctx, mcp.ElicitationRequest{
		Request: mcp.Request{Method: string(mcp.MethodElicitationCreate)}, Params: question(h),
	})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return guard.Refused, failure(codeAuthorization, "nobody answered the question in time",
			errorDetails{Reason: "not confirmed in time"},
			"Nothing was sent. Call again when the user is there to answer.")
	case err != nil || a == nil:
		return guard.Refused, failure(codeAuthorization, "the user could not be asked",
			errorDetails{Reason: "the client did not put the question to the user"}, "Nothing was sent.")
	}
	return consentOf(a), nil
}

// consentOf reads a person's answer. Accepting the form is a consent unless the form itself says
// no.
func consentOf(a *mcp.ElicitationResult) guard.Consent {
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
