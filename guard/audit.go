package guard

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spectap/spectap/internal/visible"
)

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
}

// Auditor keeps the audit. A decision to allow a call must be written before the call leaves; an
// error denies it.
type Auditor interface {
	Write(Record) error
}

// Journal writes records as lines of JSON, with escapes for characters that do not show or that
// change the direction of text. It is safe for concurrent use. After a failed write it
// refuses all others, because the file may end in half a line.
type Journal struct {
	mu  sync.Mutex
	w   io.Writer
	err error
}

// NewJournal returns a journal that writes to w, with one Write for each record. It does not sync:
// w must.
func NewJournal(w io.Writer) *Journal { return &Journal{w: w} }

// Write writes one record. A zero time becomes the current one.
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
	if _, err := j.w.Write([]byte(visible.JSON(string(b)) + "\n")); err != nil {
		j.err = fmt.Errorf("write audit: %w", err)
		return j.err
	}
	return nil
}
