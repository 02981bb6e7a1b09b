package book

import (
	"slices"
	"time"
)

// Change is one change by a person or a server: of a definition of a tool, a grant or an approval.
type Change struct {
	At time.Time `json:"at"`
	// What is the kind of change, such as "accepted" or "revoked".
	What string `json:"what"`
	// Name is the name of the changed tool or grant, or of the tool of a held call.
	Name string `json:"name,omitempty"`
	// Kind is the kind of thing that Name names, where there are several.
	Kind   string `json:"kind,omitempty"`
	Server string `json:"server,omitempty"`
	// ID is the id of a held call, and Grant the grant that made it.
	ID    string `json:"id,omitempty"`
	Grant string `json:"grant,omitempty"`
	// Digest is the digest of the new definition, or of the call or terms that were shown to a
	// person. Before is the digest of the accepted definition.
	Digest string `json:"digest,omitempty"`
	Before string `json:"before,omitempty"`
	// By is the person who made the change, or "" if the server changed its definitions itself.
	By      string `json:"by,omitempty"`
	Channel string `json:"channel,omitempty"` // by which the person made the change
	Note    string `json:"note,omitempty"`
	// Asked is when a person was asked.
	Asked time.Time `json:"asked,omitzero"`
}

// maxHistory bounds a history.
const maxHistory = 5000

// History is a list of changes, oldest first. Beyond 5000 changes it drops the oldest.
type History []Change

// Add adds a change.
func (h *History) Add(c Change) {
	c.At = c.At.UTC()
	if *h = append(*h, c); len(*h) > maxHistory {
		*h = slices.Clone((*h)[len(*h)-maxHistory:])
	}
}

// Since returns a copy of the changes from a time on.
func (h History) Since(t time.Time) []Change {
	return slices.DeleteFunc(slices.Clone(h), func(c Change) bool { return c.At.Before(t) })
}
