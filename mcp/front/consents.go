package front

import (
	"context"
	"errors"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/guard"
)

// Consents asks for consent to calls: a person, if the client can ask one, and else the model,
// which repeats a call that was held. It is safe for concurrent use.
type Consents struct {
	// RequireHuman accepts the consent of a person only.
	RequireHuman bool
	// Held are the calls that wait for an answer, or to be repeated.
	Held guard.HeldCalls

	questions Asker
}

// HeldCall is a call that needs consent, which is valid for it alone, and once.
type HeldCall struct {
	Principal, Tool string
	Digest          guard.Digest // of all that a consent is valid for
	Confirmed       bool         // the model says that the user agrees
	Params          mcp.MultiRoundTripParams
	Question        func() mcp.ElicitationParams
}

// The errors of a call that the model must repeat.
var (
	ErrHeld    = errors.New("the call is held")
	ErrNotHeld = errors.New("no such call is held")
)

// Unanswered is the error of a call that nobody could be asked about.
type Unanswered struct{ Why, Reason, Advice string }

// Error implements error.
func (u *Unanswered) Error() string { return u.Why }

// Consent returns who has agreed to a call. A result answers the call with a question: the client
// repeats the call with the answer. An error is [ErrHeld], [ErrNotHeld] or [*Unanswered].
func (c *Consents) Consent(ctx context.Context, h HeldCall) (guard.Consent, *mcp.CallToolResult, error) {
	switch ChannelOf(ctx) {
	case ByResult: // protocol 2026-07-28 and later
		if state := h.Params.RequestState; state != "" {
			a := server.ElicitationResponse(h.Params.InputResponses, AnswerID)
			if a != nil && c.Held.Redeem(state, h.Principal, h.Tool, h.Digest) {
				return consentOf(a), nil, nil
			}
		}
		state := c.Held.Issue(h.Principal, h.Tool, h.Digest)
		return guard.NoConsent, server.NewInputRequestBuilder(state).Elicit(AnswerID, h.Question()).ToolResult(), nil
	case ByRequest:
		a, err := c.questions.Ask(ctx, h.Principal, h.Question())
		switch {
		case errors.Is(err, ErrTooManyQuestions):
			return guard.NoConsent, nil, &Unanswered{err.Error(), "too many questions are open", "call again when the user has answered"}
		case errors.Is(err, context.DeadlineExceeded):
			return guard.Refused, nil, &Unanswered{
				"nobody answered the question in time", "not confirmed in time", "call again when the user is there to answer",
			}
		case err != nil:
			return guard.Refused, nil, &Unanswered{
				"the user could not be asked", "the client did not put the question to the user", "use a client that asks its user",
			}
		}
		return consentOf(a), nil, nil
	}
	switch {
	case c.RequireHuman:
		return guard.NoConsent, nil, &Unanswered{
			"only a person may confirm this, and the client cannot ask one", "a person has to confirm it", "use a client that supports elicitation",
		}
	case !h.Confirmed:
		c.Held.Hold(h.Principal, h.Tool, h.Digest)
		return guard.NoConsent, nil, ErrHeld
	case c.Held.Take(h.Principal, h.Tool, h.Digest):
		return guard.ByModel, nil, nil
	}
	return guard.NoConsent, nil, ErrNotHeld
}

// consentOf returns the consent of a person's answer.
func consentOf(a *mcp.ElicitationResult) guard.Consent {
	if Agrees(a) {
		return guard.ByPerson
	}
	return guard.Refused
}
