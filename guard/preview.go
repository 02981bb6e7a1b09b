package guard

import (
	"context"
	"encoding/json"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// Confirmed is the argument by which a caller says that the user agrees to a held call.
const Confirmed = "__confirmed"

// WithoutConfirmation returns the decoded arguments of a call without the one that confirms the
// call, so that a call stays the same when it is confirmed. No arguments are an empty object.
func WithoutConfirmation(raw []byte) any {
	v := jsonvalue.Decode(raw)
	if args, ok := v.(map[string]any); ok {
		delete(args, Confirmed)
	} else if v == nil {
		return map[string]any{}
	}
	return v
}

// Tools says what calls of the tools of a server would do. It judges nothing. The handlers of the
// tools do what a [Preview] shows only in a context with the [Pass] of that preview.
type Tools interface {
	// Read returns what a call names, or false if there is no such tool. It has no effect.
	Read(ctx context.Context, name string, args json.RawMessage) (Named, bool)
	// Preview returns what a call would do, or nil if its tool only reads what the server has. A
	// refusal instead is the result of a call that cannot be made, such as one with invalid
	// arguments. answered means that the call may have the answer to an earlier question.
	Preview(ctx context.Context, name string, args json.RawMessage, answered bool) (p *Preview, refusal json.Marshaler)
}

// Named is what a call names, as the conditions of a policy see it.
type Named struct {
	// As, unless "", is the name of another tool by which policies know this one.
	As          string
	Annotations map[string]any
	// Arguments returns the decoded arguments as the call uses them, and the tool that the named
	// tool calls with arguments of its own, or nil.
	Arguments func() (args any, inner *Inner)
	// Definition returns the hash of the definition that is called, for approvals.
	Definition func() string
	// Quarantined, unless nil, returns why a shown tool must not be called because nobody has
	// accepted its definition, "" if it may.
	Quarantined func() string
	// Fits reports whether a value may be the structured content of a result. Nil means any.
	Fits func(v any) bool
	// Unknown, unless nil, answers a call whose inner tool does not exist, or is hidden.
	Unknown func() json.Marshaler
	// Stale, unless nil, returns why a call must be made again whose preview, or for which the
	// decision of a person, came after what it names has changed, or "".
	Stale func() string
}

// Inner is a call within a call.
type Inner struct {
	Name        string
	Args        any
	Annotations map[string]any
	Unknown     bool // there is no such tool
}

// Preview is what a call would do. Nothing is done yet.
type Preview struct {
	// Tool is the name of the tool or operation to which consents are bound.
	Tool string
	// Methods are the methods as which servers may handle the request, nil without a request.
	Methods Methods
	// Reads means that the document shows that the request only reads, whatever its own method.
	Reads bool
	// Confirmed means that the caller says that the user agrees.
	Confirmed bool
	// Asks means that the call is held for a confirmation, whatever its methods.
	Asks bool
	// Sent names the request in the audit: its method, and its path without values.
	Sent string
	// Server is what people call the server of the request, "" for this program.
	Server string
	// Request, unless nil, returns the request as people see it, without credentials.
	Request func() *Shown
	// Effect, unless nil, describes what the call does, where its arguments do not show it.
	Effect func() string
	// Caller identifies the credentials that the caller brought, or is "".
	Caller string
	// Digest returns the digest of all that the call would do. A consent is valid for it alone.
	Digest func() Digest
	// Secrets, unless nil, returns what stands for the credentials of the request. It fails if they
	// are not available; the refusal answers the call.
	Secrets func(ctx context.Context) (all []Secret, refusal json.Marshaler)
	// Describe returns the sentences for people who confirm the call, with about limit characters
	// of each part.
	Describe func(limit int) string
	// Question ends the question that the person who uses the client is asked.
	Question string
	// Fails, unless nil, returns the answer to a call that would fail once it is confirmed, or nil.
	Fails func() json.Marshaler
	// Refuse answers a call that is not made.
	Refuse func(Refusal) json.Marshaler
	// Prepared is the call, for its handler.
	Prepared any
	// Parts are the calls that this one makes one after the other. Each must be allowed by itself.
	Parts []Part
}

// Part is a call within a call that makes several.
type Part struct {
	Name string // of the tool
	Named
	*Preview
	// Step begins the reason of a denial, such as "step 1: ".
	Step string
	// Planned means that it does what the plan showed to which somebody agreed.
	Planned bool
}

// Secret is a credential that an approval is bound to. People see its scheme and, unless it is
// hidden, its first characters.
type Secret struct {
	Scheme, Value string
	Hidden        bool
}

// Shown is an HTTP request as people see it, without credentials.
type Shown struct {
	Method string   `json:"method"`
	URL    string   `json:"url"`
	Header []string `json:"header,omitempty"` // lines, "Name: value", cookies among them
	// Body is the body without its content coding, or a description of one that is not text.
	Body string `json:"body,omitempty"`
	// Size and Hash are those of the body as it is sent: in bytes, and SHA-256 in hex.
	Size int    `json:"size,omitempty"`
	Hash string `json:"hash,omitempty"`
	// MayBe names the other methods as which a server may handle the request.
	MayBe string `json:"may_be,omitempty"`
}

// Refusal is the reason why a call is not made.
type Refusal struct {
	How Refused
	// Why is the reason in full, Reason in short, Advice what to do. Why is "" for held calls.
	Why, Reason, Advice string
}

// Refused is the kind of a refusal.
type Refused uint8

// The kinds of refusals.
const (
	NotAllowed Refused = iota // by Reason
	IsHeld                    // until it is repeated with a confirmation
	IsNotHeld                 // it is confirmed, and no such call is held
	NotAsked                  // nobody could be asked: see Why and Advice
)

// Pass lets a call take effect: the one that its preview shows.
type Pass struct {
	*Preview
	// Once means that somebody agreed to the call. Its request must be sent once.
	Once bool
	// Status is that of the response to the request, and Failure why there is none. The handler
	// sets them for the audit.
	Status  int
	Failure string
	// IsTreated means that the policy may change the result, so that no parts of it may be kept.
	IsTreated bool
	// Note writes a request to the audit that the server has sent for itself, to sign in.
	Note func(Note) error
	// Begin decides on a part of the call, which has a pass of its own. done must be called with
	// the result, and returns it as the policy lets it through. A refusal answers a part that may
	// not be sent.
	Begin func(ctx context.Context, p Part) (pass *Pass, done func(result json.RawMessage) json.RawMessage, refusal json.RawMessage)
}

// Note is a request that a server has sent for itself.
type Note struct {
	Tool, Sent, Reason string
	Status             int    // of the response
	Failure            string // why there is none
}

type passKey struct{}

// WithPass returns a context for the handler of a call that may take effect.
func WithPass(ctx context.Context, p *Pass) context.Context {
	return context.WithValue(ctx, passKey{}, p)
}

// PassOf returns the pass of a context, or nil: then a call must have no effect.
func PassOf(ctx context.Context) *Pass {
	p, _ := ctx.Value(passKey{}).(*Pass)
	return p
}
