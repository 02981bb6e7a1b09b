package book

import "time"

// Change is one change by a person or a server: of a definition of a tool, a grant or an approval.
type Change struct {
	At time.Time `json:"at"`
	// What happened, such as "accepted" or "revoked".
	What string `json:"what"`
	// Name is what was changed: a tool, a grant, or the tool of a held call.
	Name string `json:"name,omitempty"`
	// Kind is what the name names, where there are several kinds.
	Kind   string `json:"kind,omitempty"`
	Server string `json:"server,omitempty"`
	// ID is that of a held call, and Grant who made it.
	ID    string `json:"id,omitempty"`
	Grant string `json:"grant,omitempty"`
	// Digest is that of the new definition, or of what was shown to a person; Before that of the
	// accepted definition.
	Digest string `json:"digest,omitempty"`
	Before string `json:"before,omitempty"`
	// By is the person who changed it, "" if nobody did: a server changes its definitions itself.
	By      string `json:"by,omitempty"`
	Channel string `json:"channel,omitempty"` // by which the person did
	Note    string `json:"note,omitempty"`
	// Asked is when a person was asked.
	Asked time.Time `json:"asked,omitzero"`
}

// maxHistory bounds a history.
const maxHistory = 5000

// History is a list of changes, oldest first. It forgets the oldest beyond 5000 changes.
type History []Change

// Add adds a change.
func (h *History) Add(c Change) {
	c.At = c.At.UTC()
	if *h = append(*h, c); len(*h) > maxHistory {
		*h = append(History(nil), (*h)[len(*h)-maxHistory:]...)
	}
}

// Since returns a copy of the changes from a time on.
func (h History) Since(t time.Time) []Change {
	var out []Change
	for _, c := range h {
		if !c.At.Before(t) {
			out = append(out, c)
		}
	}
	return out
}
