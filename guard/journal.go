package guard

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"
)

// Record is one line of the audit: a decision, or what came of one. It has no values from the call.
type Record struct {
	Time      time.Time `json:"time"`
	Event     string    `json:"event"` // "decision" or "outcome"
	Principal string    `json:"principal"`
	Tool      string    `json:"tool"`
	Method    string    `json:"method,omitempty"`
	Path      string    `json:"path,omitempty"` // the template, without values
	Arguments string    `json:"arguments,omitempty"`
	Decision  string    `json:"decision,omitempty"`
	Confirmed string    `json:"confirmed,omitempty"` // "person", "model", "refused" or nothing
	Reason    string    `json:"reason,omitempty"`
	Status    int       `json:"status,omitempty"` // of the answer
	Error     string    `json:"error,omitempty"`  // why there was no answer
}

// Auditor writes records down. A decision to allow must be written before the call leaves; an error denies it.
type Auditor interface {
	Write(Record) error
}

// Journal writes records as lines of JSON. It is safe for concurrent use. After a write that went wrong it
// refuses all others, since the file may end in half a line.
type Journal struct {
	mu  sync.Mutex
	w   io.Writer
	err error
}

// NewJournal writes to w, one Write a record; flushing to disk is the business of w.
func NewJournal(w io.Writer) *Journal { return &Journal{w: w} }

// Write writes one record.
func (j *Journal) Write(r Record) error {
	if r.Time.IsZero() {
		r.Time = time.Now()
	}
	r.Time = r.Time.UTC()
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write audit: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return j.err
	}
	if _, err := j.w.Write(append(b, '\n')); err != nil {
		j.err = fmt.Errorf("write audit: %w", err)
		return j.err
	}
	return nil
}
