package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/spectap/spectap/guard/book"
	"github.com/spectap/spectap/internal/visible"
)

// The events of records.
const (
	EventStart    = "start"    // the process opened the log
	EventDecision = "decision" // before a message is forwarded
	EventOutcome  = "outcome"  // after its answer, or when the answer is lost
	EventPolicy   = "policy"   // another policy came into force
	EventSignIn   = "sign-in"  // of the server itself
	EventStop     = "stop"
	// Changes by people and servers, with details in [Record.Change]. They are written soon after
	// the change.
	EventDefinition = "definition" // of a tool, a prompt, a template of resources, or the server
	EventGrant      = "grant"
	EventApproval   = "approval" // a person's decision on a held call
	// EventCheckpoint signs the record before it.
	EventCheckpoint = "checkpoint"
)

// Record is one line of the log. It has the names of arguments, and their values only if the
// operator asked for them.
type Record struct {
	Seq      uint64    `json:"seq"` // from 1
	Prev     string    `json:"prev"`
	Time     time.Time `json:"time"`
	Event    string    `json:"event"`
	Identity string    `json:"identity,omitempty"`
	// Client is the name that the client gives itself. The gateway writes it for calls that may
	// need an approval.
	Client  string `json:"client,omitempty"`
	Session string `json:"session,omitempty"`
	Server  string `json:"server,omitempty"` // its name, if the log covers several servers
	// Call ties a decision to its outcome: the sequence number of the decision.
	Call uint64 `json:"call,omitempty"`

	Direction string `json:"direction,omitempty"` // "upstream" for what the client sends, "client" for the reverse
	Method    string `json:"method,omitempty"`
	Name      string `json:"name,omitempty"` // of the tool, prompt or resource
	// Request is the request that a tool of serve sends without a policy: the method and the
	// template of the path. Status is that of the response.
	Request string `json:"request,omitempty"`
	Status  int    `json:"status,omitempty"`

	Via       string          `json:"via,omitempty"` // the tool that calls the named tool
	Decision  string          `json:"decision,omitempty"`
	Confirmed string          `json:"confirmed,omitempty"` // who agreed: "person", "model", or an approval
	Shadow    bool            `json:"shadow,omitempty"`    // the decision was not enforced
	Rule      string          `json:"rule,omitempty"`
	Reason    string          `json:"reason,omitempty"`
	Arguments []string        `json:"arguments,omitempty"` // sorted names
	Values    json.RawMessage `json:"values,omitempty"`    // redacted
	Digest    string          `json:"digest,omitempty"`    // SHA-256 of the parameters as forwarded
	Policy    string          `json:"policy,omitempty"`    // version
	Taints    []string        `json:"taints,omitempty"`    // the taints that the call adds to its session

	Outcome string  `json:"outcome,omitempty"` // "result", "error", "cancelled", "lost" or "withheld"
	Latency float64 `json:"latency_ms,omitempty"`
	Size    int     `json:"size,omitempty"` // of the answer, in bytes

	Change     *book.Change `json:"change,omitempty"`
	Checkpoint *Checkpoint  `json:"checkpoint,omitempty"`
}

// The end of a line: the hash of the text before it.
const (
	hashStart = `,"hash":"`
	hashEnd   = `"}`
	hashLen   = 2 * sha256.Size
	tailLen   = len(hashStart) + hashLen + len(hashEnd)
)

// encode returns the line of a record, with its newline, and its hash.
func encode(r *Record) (line []byte, hash string, err error) {
	body, err := escaped(r)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(body)
	hash = hex.EncodeToString(sum[:])
	return append(body, hashStart+hash+hashEnd+"\n"...), hash, nil
}

// escaped returns a record as JSON without its closing brace, safe to print on a terminal.
func escaped(r *Record) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return nil, err
	}
	return []byte(visible.JSON(string(bytes.TrimSuffix(b.Bytes(), []byte("}\n"))))), nil
}

// decode reads a line without its newline, and checks its own hash.
func decode(line []byte) (r Record, hash string, err error) {
	n := len(line) - tailLen
	if n < 0 || string(line[n:n+len(hashStart)]) != hashStart || string(line[len(line)-len(hashEnd):]) != hashEnd {
		return r, "", errors.New("it is no record of an audit")
	}
	hash = string(line[n+len(hashStart) : n+len(hashStart)+hashLen])
	if sum := sha256.Sum256(line[:n]); hex.EncodeToString(sum[:]) != hash {
		return r, "", errors.New("its content does not have its hash: it was changed")
	}
	if err := json.Unmarshal(append(line[:n:n], '}'), &r); err != nil {
		return r, "", errors.New("it is no record of an audit")
	}
	return r, hash, nil
}
