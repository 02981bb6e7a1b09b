// Package approval keeps calls that wait for a person. A [Book] holds them in a file that the
// gateway and the commands of a person share.
//
// An approval is bound to everything that was shown: who asks, the server, the tool and its
// definition, the arguments, and the version of the policy. The same call finds it again, any other
// does not. It is used once: the file says that it is used before the call leaves, so that no kill
// can make it leave twice.
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
)

// Call is what a person decides on.
type Call struct {
	Grant      string         `json:"grant"`              // who asks
	GrantID    string         `json:"grant_id,omitempty"` // of the grant, if it is one: a later one may have its name
	Client     string         `json:"client,omitempty"`   // the name that the client gives itself, which nobody verified
	Server     string         `json:"server"`
	Tool       string         `json:"tool"`
	Definition string         `json:"definition,omitempty"` // the hash of its pin, "" without pins
	Arguments  jsontext.Value `json:"arguments,omitempty"`  // as they will be sent
	Policy     string         `json:"policy"`               // its version
	Rule       string         `json:"rule"`                 // the JSON Pointer of what requires approval
	Reason     string         `json:"reason,omitempty"`
	// Approvers is how many people must agree; zero counts as one.
	Approvers int `json:"approvers,omitempty"`
	// Inner is the tool that Tool calls with arguments of its own, "" if it calls none.
	Inner string `json:"inner,omitempty"`
	// Also are other rules that require approval.
	Also []string `json:"also,omitempty"`
	// Request is what leaves, where that is known: the HTTP request that a call makes.
	Request *Request `json:"request,omitempty"`
	// Credentials are what the call is sent with.
	Credentials []Credential `json:"credentials,omitempty"`
	// Effect says what the call does, where its arguments alone do not say so.
	Effect string `json:"effect,omitempty"`
	// Caller means that the person who uses the client may approve, by elicitation.
	Caller bool `json:"caller,omitempty"`
	// Once means that no standing approval may cover the call.
	Once bool `json:"once,omitempty"`
	// Within, unless zero, is how long the policy lets a consent be valid.
	Within time.Duration `json:"within,omitempty"`
}

// Credential is a credential as people see it.
type Credential struct {
	Scheme string `json:"scheme"`           // such as "Bearer"
	Begins string `json:"begins,omitempty"` // its first characters, "" for a short one
	Hash   string `json:"hash"`             // keyed: see [Book.Credential]
}

// Request is an HTTP request as it will be sent, without credentials.
type Request struct {
	Method string   `json:"method"`
	URL    string   `json:"url"`
	Header []string `json:"header,omitempty"` // lines, "Name: value", cookies among them
	// Body is the body without its content coding, or a description of one that is not text.
	Body string `json:"body,omitempty"`
	// Size and Hash are those of the body as it is sent: in bytes, and SHA-256 in hex.
	Size int    `json:"size,omitempty"`
	Hash string `json:"hash,omitempty"`
	// MayBe names the other methods that a server may handle the request as.
	MayBe string `json:"may_be,omitempty"`
}

// size returns how much there is to read, in bytes.
func (r *Request) size() int {
	if r == nil {
		return 0
	}
	n := len(r.URL) + len(r.Body)
	for _, h := range r.Header {
		n += len(h)
	}
	return n
}

// State is what became of a held call.
type State string

// The states of held calls.
const (
	Waiting  State = "waiting"
	Approved State = "approved"
	Denied   State = "denied"
	Used     State = "used" // it was sent
	Expired  State = "expired"
)

// IsOpenTo reports whether a call may be approved, or else denied: a denial takes back an approval
// that was not used.
func (s State) IsOpenTo(approve bool) bool { return s == Waiting || s == Approved && !approve }

// Held is a call that waits for people, or waited.
type Held struct {
	ID string `json:"id"`
	Call
	// Digest is the SHA-256 of the call in canonical form (RFC 8785), in hex.
	Digest    string     `json:"digest"`
	Created   time.Time  `json:"created"`
	Expires   time.Time  `json:"expires"` // of the question, and of the consent
	Decisions []Decision `json:"decisions,omitempty"`
	State     State      `json:"state"`
	Ended     time.Time  `json:"ended,omitzero"` // when it was used, denied or seen to be expired
	Post      *Post      `json:"post,omitempty"` // of it to a webhook
}

// Decision is what one person said.
type Decision struct {
	// By is who decides: "user:NAME" for a user of the system, "webhook:NAME" for whoever a webhook
	// names, "caller:NAME" for the person who uses the client, else the name of a grant.
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Approve bool      `json:"approve"`
	Channel string    `json:"channel"` // such as [Terminal]
	Note    string    `json:"note,omitempty"`
	// Code shows that it was made with the approval key, "" without one.
	Code string `json:"code,omitempty"`
}

// The channels of decisions.
const (
	Terminal    = "terminal"
	Webhook     = "webhook" // an answer with a signature
	Elicitation = "elicitation"
	Page        = "page" // of spectap ui
)

// The bounds of a book.
const (
	format     = 1
	maxFile    = 64 << 20
	maxWaiting = 200            // of one grant
	maxGrant   = 4 << 20        // bytes of the calls of one grant, so that the file has room for others
	keepEnded  = 24 * time.Hour // how long what has ended is kept, to be shown
	maxEnded   = 1000
	maxAnswers = 10_000
	// MaxArguments bounds what a person can judge: the arguments of a call, and its request, in
	// bytes.
	MaxArguments = 128 << 10
	// MaxNote bounds the note of a decision, in bytes.
	MaxNote = 2000
)

// DefaultTTL is how long a held call waits for a decision, and then for its use, if the policy says
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
