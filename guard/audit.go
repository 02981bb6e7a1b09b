package guard

import "time"

// Record is one line of the audit: a decision or its outcome. It has no values from the call.
type Record struct {
	Time      time.Time `json:"time"`
	Event     string    `json:"event"` // "decision" or "outcome"
	Principal string    `json:"principal"`
	Tool      string    `json:"tool"`
	Method    string    `json:"method,omitempty"`
	Path      string    `json:"path,omitempty"` // the template, without values
	Arguments string    `json:"arguments,omitempty"`
	Decision  string    `json:"decision,omitempty"`
	Confirmed string    `json:"confirmed,omitempty"` // "person", "model", "refused" or ""
	Reason    string    `json:"reason,omitempty"`
	Status    int       `json:"status,omitempty"` // of the response
	Error     string    `json:"error,omitempty"`  // why there was no response
	// Seq is the number that the auditor gave the decision, which the record of its outcome
	// repeats.
	Seq uint64 `json:"-"`
}

// Auditor writes the audit. A decision to allow a call must be written before the call is sent; an
// error denies it. Write may set the time and number of a decision.
type Auditor interface {
	Write(*Record) error
}
