package mcptools

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcptools/tool"
)

// Calls that change or send something need a consent.
//
// [consents.Confirm] asks a person if the client can. Otherwise the call is held, and the model
// repeats it. A consent is valid once, for one caller, one tool and the same arguments.

// confirmedParam confirms a held call.
var confirmedParam = tool.Param{Name: "__confirmed", Kind: tool.Boolean, Default: false,
	Doc: "true confirms a held call after the user agreed; valid once, for exactly the same arguments"}

// questionError is the error that ends a call with a question to the user, which becomes the result
// of the call.
type questionError struct{ Result *mcp.CallToolResult }

// Error implements error.
func (*questionError) Error() string { return "the user is asked" }

// deniedError is the error for a call that a policy denies.
type deniedError struct{ policy.Decision }

// Error implements error.
func (*deniedError) Error() string { return "the policy denies the call" }

// consents has the held calls and the questions. Its methods may be called from any goroutine.
type consents struct {
	// Principal returns the transport's name for the caller; nil: the transport has no names.
	Principal func(context.Context) string
	// Log gets one line for each decision. Required.
	Log *slog.Logger

	asks front.Consents
}

// testConsents returns an empty set.
func newConsents(requireHuman bool, principal func(context.Context) string, log *slog.Logger) *consents {
	return &consents{Principal: principal, Log: log, asks: front.Consents{RequireHuman: requireHuman}}
}

// Confirm returns nil if the user or the model has agreed to this call. Otherwise it returns the
// error to answer with. what completes the sentence "TOOL would". A consent is valid for the
// arguments together with requests, the digests of the requests that the call would send: the same
// arguments build another request once a variable or the capture has changed.
func (s *consents) Confirm(ctx context.Context, what string, requests ...guard.Digest) error {
	c := tool.CallOf(ctx)
	if c == nil {
		return errors.New("confirm outside of a call")
	}
	digest, confirmed := callDigest(c)
	h := front.HeldCall{Principal: s.Caller(ctx), Tool: c.Tool, Digest: boundTo(digest, requests), Confirmed: confirmed, Params: c.Params.MultiRoundTripParams}
	judged := enforce.CallOf(ctx)
	if d, denied := judged.Check(); denied {
		return &deniedError{d}
	}
	if judged.NeedsApproval() { // which is worth more than a confirmation
		return s.Proceed(ctx, what, requests...)
	}
	consent, err := s.consent(ctx, h, what)
	if err != nil {
		if isHeld(err) {
			judged.Hold()
		}
		return err
	}
	d := guard.Decide(guard.Call{
		Principal: h.Principal, Tool: c.Tool, Method: "POST", Digest: digest, Checked: true, Consent: consent,
		Policy: guard.Policy{RequireHuman: s.asks.RequireHuman},
	})
	s.Log.Info("a call that changes something was decided on", "tool", c.Tool, "arguments", digest.String(),
		"consent", consent.String(), "verdict", d.Verdict.String())
	if d.Verdict != guard.Allow {
		return tool.Errorf(tool.CodeRefused, "nothing was done", "not allowed: %s", d.Reason)
	}
	return proceed(ctx, consent)
}

// Proceed is for a call that needs no consent, of a tool that has [confirmedParam]. Like Confirm,
// it counts the call against the limits of a policy, and waits for an approval if the policy
// requires one. The approval is bound to the description of the call, and to the requests. The call
// must not take effect if there is an error.
func (s *consents) Proceed(ctx context.Context, what string, requests ...guard.Digest) error {
	judged, c := enforce.CallOf(ctx), tool.CallOf(ctx)
	if c == nil || !judged.NeedsApproval() {
		return proceed(ctx, guard.NoConsent)
	}
	digest, _ := callDigest(c)
	judged.Show("", nil, c.Tool+" would "+what+" (digest "+boundTo(digest, requests).String()+")")
	return proceed(ctx, guard.ByApproval)
}

// boundTo returns what a consent is valid for.
func boundTo(arguments guard.Digest, requests []guard.Digest) guard.Digest {
	bound := []any{arguments.String()}
	for _, r := range requests {
		bound = append(bound, r.String())
	}
	return guard.DigestOf(bound)
}

func proceed(ctx context.Context, c guard.Consent) error {
	if d, denied := enforce.CallOf(ctx).Proceed(ctx, c.String()); denied {
		return &deniedError{d}
	}
	return nil
}

// isHeld reports whether an error says that a call waits for an answer.
func isHeld(err error) bool {
	var te *tool.Error
	return errors.As(err, new(*questionError)) || errors.As(err, &te) && te.Code == tool.CodeConfirm
}

// callDigest returns the digest of the arguments without __confirmed, and whether __confirmed was
// true.
func callDigest(c *tool.Call) (guard.Digest, bool) {
	d := json.NewDecoder(strings.NewReader(string(c.Raw)))
	d.UseNumber()
	var v map[string]any
	d.Decode(&v) // valid: ParseArgs has read it
	confirmed, _ := v["__confirmed"].(bool)
	delete(v, "__confirmed")
	return guard.DigestOf(v), confirmed
}

// consent asks for consent. Its errors answer the call.
func (s *consents) consent(ctx context.Context, h front.HeldCall, what string) (guard.Consent, error) {
	h.Question = func() mcp.ElicitationParams { return tool.Question(h.Tool + " would " + what + " Do you agree?") }
	c, asked, err := s.asks.Consent(ctx, h)
	var u *front.Unanswered
	switch {
	case asked != nil:
		err = &questionError{asked}
	case errors.As(err, &u):
		err = tool.Errorf(tool.CodeRefused, u.Advice, "nothing was done: %s", u.Why)
	case errors.Is(err, front.ErrHeld):
		err = tool.Errorf(tool.CodeConfirm, "ask the user; if they agree, repeat the call with exactly the same arguments and __confirmed: true",
			"nothing was done: %s would %s", h.Tool, what)
	case err != nil:
		err = tool.Errorf(tool.CodeConfirm, "repeat the call without __confirmed first",
			"nothing was done: no call with these arguments and this request is held; a variable or the capture may have changed")
	}
	return c, err
}

// Caller names the caller, who owns consents and session variables: the transport's name, the
// session, or both. Requests of the newest protocol over HTTP have no session; the caller is then
// the holder of the token.
func (s *consents) Caller(ctx context.Context) string {
	who, session := "", ""
	if s.Principal != nil {
		who = s.Principal(ctx)
	}
	if c := server.ClientSessionFromContext(ctx); c != nil {
		session = c.SessionID()
	}
	return strings.Trim(who+"/"+session, "/")
}
