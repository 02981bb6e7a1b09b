// Package approval holds calls until people approve or deny them. A [Book] keeps them in a file
// that the gateway shares with the commands that people run.
//
// An approval is bound to everything that was shown: the grant, the server, the tool and its
// definition, the arguments, and the version of the policy. It covers only an identical call. It is
// used once: the file records the use before the call is sent, so that a killed process cannot send
// it twice.
//
// Read approval.go first, then book.go.
package approval

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard"
)

// Call is a tool call on which a person decides.
type Call struct {
	Grant      string         `json:"grant"`              // the caller
	GrantID    string         `json:"grant_id,omitempty"` // of the grant, if Grant names one: a later grant may have the same name
	Client     string         `json:"client,omitempty"`   // the name that the client gives itself, which nobody verified
	Server     string         `json:"server"`
	Tool       string         `json:"tool"`
	Definition string         `json:"definition,omitempty"` // the hash of its pin, "" without pins
	Arguments  jsontext.Value `json:"arguments,omitempty"`  // as they will be sent
	Policy     string         `json:"policy"`               // its version
	Rule       string         `json:"rule"`                 // the JSON Pointer of the rule that requires approval
	Reason     string         `json:"reason,omitempty"`
	// Approvers is how many people must agree; zero counts as one.
	Approvers int `json:"approvers,omitempty"`
	// Inner is the tool that Tool calls with arguments of its own, or "".
	Inner string `json:"inner,omitempty"`
	// Also are other rules that require approval.
	Also []string `json:"also,omitempty"`
	// Request is the HTTP request that the call makes, if it is known.
	Request *Request `json:"request,omitempty"`
	// Credentials are the credentials that are sent with the call.
	Credentials []Credential `json:"credentials,omitempty"`
	// Effect describes the effect of the call where its arguments do not show it.
	Effect string `json:"effect,omitempty"`
	// Caller means that the person who uses the client may approve, by elicitation.
	Caller bool `json:"caller,omitempty"`
	// Once means that no standing approval may cover the call.
	Once bool `json:"once,omitempty"`
	// Within, unless zero, bounds how long a consent is valid under the policy.
	Within time.Duration `json:"within,omitempty"`
}

// Credential is a credential as people see it.
type Credential struct {
	Scheme string `json:"scheme"`           // such as "Bearer"
	Begins string `json:"begins,omitempty"` // its first characters, or "" if it is short
	Hash   string `json:"hash"`             // keyed: see [Book.Credential]
}

// Request is an HTTP request as it will be sent, without credentials.
type Request = guard.Shown

// State is the state of a held call.
type State string

// The states of held calls.
const (
	Waiting  State = "waiting"
	Approved State = "approved"
	Denied   State = "denied"
	Used     State = "used" // it was sent
	Expired  State = "expired"
)

// IsOpenTo reports whether a call may be approved or, otherwise, denied. A denial revokes an
// approval that was not used.
func (s State) IsOpenTo(approve bool) bool { return s == Waiting || s == Approved && !approve }

// Held is a call that is or was held for approval.
type Held struct {
	ID string `json:"id"`
	Call
	// Digest is the SHA-256 of the call in canonical form (RFC 8785), in hex.
	Digest    string     `json:"digest"`
	Created   time.Time  `json:"created"`
	Expires   time.Time  `json:"expires"` // the time at which the hold, or the consent, expires
	Decisions []Decision `json:"decisions,omitempty"`
	State     State      `json:"state"`
	Ended     time.Time  `json:"ended,omitzero"` // when it was used or denied, or its expiry was noticed
	Post      *Post      `json:"post,omitempty"` // the delivery to a webhook
	// Void means that the policy has changed since the call was held: no decision on it counts.
	Void bool `json:"void,omitempty"`
	// Follows is the id of the same call as it was held under an earlier policy, or "".
	Follows string `json:"follows,omitempty"`
}

// Status returns the state of the call in a word.
func (h *Held) Status() string {
	if h.Void && h.State == Expired {
		return "void"
	}
	return string(h.State)
}

// Decidable returns the reason why the call may not be approved or, otherwise, denied.
func (h *Held) Decidable(approve bool) error {
	switch {
	case h.Void:
		return fmt.Errorf("%w: %w", ErrOver, ErrVoid)
	case !h.State.IsOpenTo(approve):
		return fmt.Errorf("%w: it is %s", ErrOver, h.State)
	}
	return nil
}

// Decision is one person's approval or denial.
type Decision struct {
	// By is the person who decides: "user:NAME" for a user of the system, "webhook:NAME" for a
	// person whom a webhook names, "caller:NAME" for the person who uses the client, else the name
	// of a grant.
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Approve bool      `json:"approve"`
	Channel string    `json:"channel"` // such as [Terminal]
	Note    string    `json:"note,omitempty"`
	// Code proves that the decision was made with the approval key. It is "" without a key.
	Code string `json:"code,omitempty"`
}

// The channels of decisions.
const (
	Terminal    = "terminal"
	Webhook     = "webhook" // a signed answer
	Elicitation = "elicitation"
	Page        = "page" // of spectap ui
)

// The bounds of a book.
const (
	format     = 1
	maxFile    = 64 << 20
	maxWaiting = 200            // of one grant
	maxGrant   = 4 << 20        // bytes of the calls of one grant, so that the file has room for others
	keepEnded  = 24 * time.Hour // how long ended calls are kept, to be shown
	maxEnded   = 1000
	maxAnswers = 10_000
	// MaxArguments bounds the arguments and the request of a call, in bytes: a person cannot judge
	// more.
	MaxArguments = 128 << 10
	// MaxNote bounds the note of a decision, in bytes.
	MaxNote = 2000
)

// DefaultTTL is how long a held call waits for a decision, and then for its use, if the policy has
// no "within". The call itself blocks for enforce.DefaultWait.
const DefaultTTL = time.Hour

// The errors of books.
var (
	ErrNotFound  = errors.New("there is no such held call")
	ErrOver      = errors.New("nothing waits for a decision any more")
	ErrOwn       = errors.New("who asks cannot approve")
	ErrTwice     = errors.New("this person has decided already")
	ErrOtherCall = errors.New("the call is not the one that was shown")
	ErrReplayed  = errors.New("the answer was received before")
	ErrLate      = errors.New("the answer was signed too long ago, or in the future")
	ErrVoid      = errors.New("the policy has changed since, so no decision on it counts: the agent has to make the call again")
	ErrTooMuch   = fmt.Errorf("the calls that wait for a person have more than %d MiB", maxGrant>>20)
	ErrTooMany   = fmt.Errorf("%d calls wait for a person already", maxWaiting)
)

// digest returns the hash of everything that an approval is bound to.
func (c Call) digest() (string, error) { return digestOf(c) }

// digestOf returns the SHA-256 of a value in canonical form, in hex.
func digestOf(value any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	v := jsontext.Value(text)
	if err := v.Canonicalize(jsontext.CanonicalizeRawInts(false), jsontext.CanonicalizeRawFloats(false)); err != nil {
		return "", err
	}
	sum := sha256.Sum256(v)
	return hex.EncodeToString(sum[:]), nil
}
