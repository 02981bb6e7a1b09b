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
	"github.com/spectap/spectap/mcptools/front"
	"github.com/spectap/spectap/mcptools/tool"
)

// confirmedParam confirms a held call.
var confirmedParam = tool.Param{Name: "__confirmed", Kind: tool.Boolean, Default: false,
	Doc: "true confirms a held call after the user agreed; valid once, for exactly the same arguments"}

// questionError ends a call with a question to the user, which becomes the result of the call.
type questionError struct{ result *mcp.CallToolResult }

func (*questionError) Error() string { return "the user is asked" }

type callKey struct{}

// call is the running call.
type call struct {
	tool   string
	params mcp.CallToolParams
	raw    json.RawMessage // the arguments
	end    time.Time       // when the call should return what it has
}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// confirm returns nil if the user or the model has agreed to this call. Otherwise it returns the
// error to answer with. what completes the sentence "TOOL would". A consent is valid for the
// arguments together with requests, the digests of what the call would send: the same arguments
// build another request once a variable or the capture has changed.
func (s *service) confirm(ctx context.Context, what string, requests ...guard.Digest) error {
	c, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		return errors.New("confirm outside of a call")
	}
	digest, confirmed := c.digest()
	bound := []any{digest.String()}
	for _, r := range requests {
		bound = append(bound, r.String())
	}
	h := heldCall{
		call: c, principal: s.principal(ctx), digest: guard.DigestOf(bound), confirmed: confirmed, what: what,
	}
	consent, err := s.consent(ctx, h)
	if err != nil {
		return err
	}
	d := guard.Decide(guard.Call{
		Principal: h.principal, Tool: c.tool, Method: "POST", Digest: digest, Checked: true, Consent: consent,
		Policy: guard.Policy{RequireHuman: s.Allow.RequireHuman},
	})
	s.Log.Info("a call that changes something was decided on", "tool", c.tool, "arguments", digest.String(),
		"consent", consent.String(), "verdict", d.Verdict.String())
	if d.Verdict != guard.Allow {
		return tool.Errorf(tool.CodeRefused, "nothing was done", "not allowed: %s", d.Reason)
	}
	return nil
}

// digest returns the digest of the arguments without __confirmed, and whether __confirmed was true.
func (c *call) digest() (guard.Digest, bool) {
	d := json.NewDecoder(strings.NewReader(string(c.raw)))
	d.UseNumber()
	var v map[string]any
	d.Decode(&v) // valid: ParseArgs has read it
	confirmed, _ := v["__confirmed"].(bool)
	delete(v, "__confirmed")
	if v == nil {
		v = map[string]any{}
	}
	return guard.DigestOf(v), confirmed
}

// heldCall is a call that needs consent.
type heldCall struct {
	*call
	principal string
	digest    guard.Digest // of the arguments and the requests
	confirmed bool         // the argument __confirmed
	what      string       // the effect of the call
}

// consent asks a person if the client supports that. Otherwise the model consents by repeating the
// call.
func (s *service) consent(ctx context.Context, h heldCall) (guard.Consent, error) {
	question := tool.Question(h.tool + " would " + h.what + " Do you agree?")
	switch front.ChannelOf(ctx) {
	case front.ByResult:
		return s.consentByState(h, question)
	case front.ByRequest:
		return s.consentByRequest(ctx, h, question)
	}
	return s.consentByRepetition(h)
}

// consentByState asks by a result that requests input (protocol 2026-07-28 and later). The client
// repeats the call with the answer and the state.
func (s *service) consentByState(h heldCall, question mcp.ElicitationParams) (guard.Consent, error) {
	p := h.params.MultiRoundTripParams
	if p.RequestState != "" {
		a := server.ElicitationResponse(p.InputResponses, front.AnswerID)
		if a != nil && s.states.Redeem(p.RequestState, h.principal, h.tool, h.digest) {
			return consentOf(a), nil
		}
	}
	state := s.states.Issue(h.principal, h.tool, h.digest)
	return guard.NoConsent, &questionError{server.NewInputRequestBuilder(state).Elicit(front.AnswerID, question).ToolResult()}
}

// consentByRequest asks by a request to the client (protocol 2025-11-25 and earlier).
func (s *service) consentByRequest(ctx context.Context, h heldCall, question mcp.ElicitationParams) (guard.Consent, error) {
	a, err := s.questions.Ask(ctx, h.principal, question)
	switch {
	case errors.Is(err, front.ErrTooManyQuestions):
		return guard.NoConsent, tool.Errorf(tool.CodeRefused, "call again when the user has answered",
			"nothing was done: %v", err)
	case err != nil:
		return guard.Refused, nil
	}
	return consentOf(a), nil
}

// consentByRepetition holds the call until the model repeats it with __confirmed.
func (s *service) consentByRepetition(h heldCall) (guard.Consent, error) {
	switch {
	case s.Allow.RequireHuman:
		return guard.NoConsent, tool.Errorf(tool.CodeRefused, "use a client that supports elicitation",
			"only a person may confirm this, and the client cannot ask one")
	case !h.confirmed:
		s.held.Hold(h.principal, h.tool, h.digest)
		return guard.NoConsent, tool.Errorf(tool.CodeConfirm,
			"ask the user; if they agree, repeat the call with exactly the same arguments and __confirmed: true",
			"nothing was done: %s would %s", h.tool, h.what)
	case s.held.Take(h.principal, h.tool, h.digest):
		return guard.ByModel, nil
	}
	return guard.NoConsent, tool.Errorf(tool.CodeConfirm, "repeat the call without __confirmed first",
		"nothing was done: no call with these arguments and this request is held; a variable or the capture may have changed")
}

// consentOf returns the consent of a person's answer.
func consentOf(a *mcp.ElicitationResult) guard.Consent {
	if front.Agrees(a) {
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
