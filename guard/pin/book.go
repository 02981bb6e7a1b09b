package pin

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/book"
)

// Status is the status of a definition.
type Status uint8

// The states of a definition. Only an accepted one may be listed and called.
const (
	Accepted Status = iota
	New             // there is no pin of this name
	Changed         // it differs from its pin
	Rejected        // a person has refused it
	Suspect         // there is no pin of this name, and a review found text that may mislead a model
)

func (s Status) String() string {
	return [...]string{"accepted", "new", "changed", "rejected", "suspect"}[s]
}

// Why returns the reason why a definition of this status is refused, or "" if it is accepted.
func (s Status) Why() string {
	switch s {
	case Accepted:
		return ""
	case New:
		return "its definition is new and waits for a person: spectap pins diff"
	case Rejected:
		return "a person has rejected its definition"
	case Suspect:
		return "its definition is new and has what may mislead a model, so that it waits for a person: spectap pins diff"
	}
	return "its definition has changed and waits for a person: spectap pins diff"
}

// Book holds the pins of one gateway or of one run of serve. Its methods are safe for concurrent
// use.
type Book struct {
	now func() time.Time

	file book.Book[content]

	mu     sync.Mutex                   // guards hashes
	hashes map[[sha256.Size]byte]string // of canonical forms, by the hash of the received text
}

// shelf holds the pins of one server.
type shelf struct {
	// Listed has the time of the first list of each kind.
	Listed map[Kind]time.Time `json:"listed"`
	// Unknown means that the server was added to a book with pins of other servers. None of its
	// lists is accepted without review.
	Unknown bool   `json:"unknown,omitempty"`
	Pins    []*Pin `json:"pins"` // sorted by kind and name
}

// Pin is the record of one definition.
type Pin struct {
	Kind Kind   `json:"kind"`
	Name string `json:"name"`
	// Pinned is the accepted definition, or nil.
	Pinned *Version `json:"pinned,omitempty"`
	// Waiting is the quarantined definition, or nil if the latest one is accepted.
	Waiting *Version `json:"waiting,omitempty"`
	// Rejected means that a person has refused Waiting.
	Rejected bool `json:"rejected,omitempty"`
	// Suspect means that the review of Waiting found text that may mislead a model.
	Suspect bool `json:"suspect,omitempty"`
}

// Version is one definition, in canonical form.
type Version struct {
	Hash       string         `json:"hash"` // SHA-256, in hex
	Definition jsontext.Value `json:"definition"`
	Since      time.Time      `json:"since"` // the time of the first sight, or of the acceptance
}

// Status returns the status of the latest definition.
func (p *Pin) Status() Status {
	switch {
	case p.Waiting == nil:
		return Accepted
	case p.Rejected:
		return Rejected
	case p.Pinned == nil && p.Suspect:
		return Suspect
	case p.Pinned == nil:
		return New
	}
	return Changed
}

// maxPins bounds the pins of a server.
const maxPins = 10_000

// HasListed reports whether a list of this kind was accepted before.
func (b *Book) HasListed(server string, kind Kind) (listed bool, err error) {
	err = b.file.Look(func(c *content) {
		s := c.Servers[server]
		listed = s != nil && !s.Listed[kind].IsZero()
	})
	return listed, err
}

// First accepts the first list of a kind, unless the server is unknown to the book: see
// [Book.Serve]. A definition that a [Review] finds suspect is quarantined. If another process has
// already accepted a first list, this one is checked like any later list.
func (b *Book) First(server string, kind Kind, list []Definition) ([]Status, error) {
	return b.see(server, kind, list, true)
}

// Check returns the status of each definition in a list or a page of one. Definitions that are not
// accepted are quarantined for a person. After an error no status is known: refuse the definitions.
func (b *Book) Check(server string, kind Kind, list []Definition) ([]Status, error) {
	return b.see(server, kind, list, false)
}

func (b *Book) see(server string, kind Kind, list []Definition, isFirst bool) ([]Status, error) {
	hashes := make([]string, len(list))
	for i, d := range list {
		var err error
		if hashes[i], err = b.hash(d.JSON); err != nil {
			return nil, fmt.Errorf("check the %s %q against its pin: %w", kind, d.Name, err)
		}
	}
	var known []Status
	if err := b.file.Look(func(c *content) { known = c.known(server, kind, list, hashes) }); err != nil || known != nil {
		return known, err
	}
	seen := make([]*Version, len(list))
	for i, d := range list {
		text, err := canonical(d.JSON)
		if err != nil {
			return nil, fmt.Errorf("check the %s %q against its pin: %w", kind, d.Name, err)
		}
		seen[i] = &Version{Hash: hashes[i], Definition: text}
	}
	statuses := make([]Status, len(list))
	err := b.change(func(c *content) error {
		s := c.Servers[server]
		if s == nil {
			s = &shelf{Listed: map[Kind]time.Time{}}
			c.Servers[server] = s
		}
		isFirst = isFirst && s.Listed[kind].IsZero()
		if isFirst {
			s.Listed[kind] = b.now().UTC()
		}
		accept, foreign := isFirst && !s.Unknown, c.foreign(server)
		for _, d := range list {
			delete(foreign, d.Name)
		}
		for i, d := range list {
			p, err := s.pin(kind, d.Name)
			if err != nil {
				return err
			}
			seen[i].Since = b.now().UTC()
			if what := p.see(seen[i], accept, func() bool { return isSuspect(kind, seen[i].Definition, foreign) }); what != "" {
				c.note(what, server, p, seen[i], b.now(), "")
			}
			statuses[i] = p.Status()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return statuses, nil
}

// maxHashes bounds the hashes that are remembered, some 200 bytes each.
const maxHashes = 10_000

// hash returns the hash of a definition. Results are cached, since servers send the same text again
// and again, and its canonical form takes most of the time of a check.
func (b *Book) hash(definition jsontext.Value) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := sha256.Sum256(definition)
	if h, ok := b.hashes[key]; ok {
		return h, nil
	}
	h, err := Hash(definition)
	if err != nil {
		return "", err
	}
	if b.hashes == nil || len(b.hashes) >= maxHashes {
		b.hashes = map[[sha256.Size]byte]string{}
	}
	b.hashes[key] = h
	return h, nil
}

// known returns the statuses if the book already has all the definitions, else nil. It handles the
// common case without a lock on the file.
func (c *content) known(server string, kind Kind, list []Definition, hashes []string) []Status {
	s := c.Servers[server]
	if s == nil || s.Listed[kind].IsZero() {
		return nil
	}
	statuses := make([]Status, len(list))
	for i, d := range list {
		n, found := s.find(kind, d.Name)
		if !found || !s.Pins[n].isAt(hashes[i]) {
			return nil
		}
		statuses[i] = s.Pins[n].Status()
	}
	return statuses
}

// isAt reports whether the latest definition has this hash.
func (p *Pin) isAt(hash string) bool {
	if p.Waiting != nil {
		return p.Waiting.Hash == hash
	}
	return p.Pinned != nil && p.Pinned.Hash == hash
}

// Changes of a definition, in the history. New and changed definitions are recorded under their
// status.
const (
	pinned   = "pinned"   // it is in the first list
	restored = "restored" // the server returned to the accepted definition
	accepted = "accepted"
	rejected = "rejected"
)

// see records a definition. It returns the change for the history, or "".
func (p *Pin) see(v *Version, accept bool, isSuspect func() bool) (what string) {
	switch {
	case p.isAt(v.Hash):
		return ""
	case p.Pinned != nil && p.Pinned.Hash == v.Hash:
		p.Waiting, p.Rejected, p.Suspect = nil, false, false
		return restored
	}
	p.Suspect = isSuspect()
	if accept && p.Pinned == nil && p.Waiting == nil && !p.Suspect {
		p.Pinned = v
		return pinned
	}
	p.Waiting, p.Rejected = v, false
	return p.Status().String()
}

// note adds a change of a definition to the history.
func (c *content) note(what, server string, p *Pin, v *Version, now time.Time, by string) {
	before := ""
	if p.Pinned != nil && p.Pinned.Hash != v.Hash {
		before = p.Pinned.Hash
	}
	c.History.Add(book.Change{At: now, What: what, Kind: string(p.Kind), Name: p.Name, Server: server, Digest: v.Hash, Before: before, By: by})
}

// History returns the changes of definitions from a time on.
func (b *Book) History(since time.Time) (all []book.Change, err error) {
	err = b.file.Look(func(c *content) { all = c.History.Since(since) })
	return all, err
}

// pin returns the pin of a name, and adds a missing one.
func (s *shelf) pin(kind Kind, name string) (*Pin, error) {
	n, found := s.find(kind, name)
	if !found {
		if len(s.Pins) >= maxPins {
			return nil, fmt.Errorf("the server has described more than %d things", maxPins)
		}
		s.Pins = slices.Insert(s.Pins, n, &Pin{Kind: kind, Name: name})
	}
	return s.Pins[n], nil
}

func (s *shelf) find(kind Kind, name string) (int, bool) {
	return slices.BinarySearchFunc(s.Pins, name, func(p *Pin, name string) int {
		return cmp.Or(cmp.Compare(p.Kind, kind), strings.Compare(p.Name, name))
	})
}

// Quarantined returns the statuses of a server's definitions of a kind that are not accepted, by
// name.
func (b *Book) Quarantined(server string, kind Kind) (map[string]Status, error) {
	out := map[string]Status{}
	err := b.file.Look(func(c *content) {
		if s := c.Servers[server]; s != nil {
			for _, p := range s.Pins {
				if p.Kind == kind && p.Status() != Accepted {
					out[p.Name] = p.Status()
				}
			}
		}
	})
	return out, err
}

// Entry is a pin with its server.
type Entry struct {
	Server string
	Pin
}

// Ref names the entry: SERVER/KIND:NAME.
func (e *Entry) Ref() string { return e.Server + "/" + string(e.Kind) + ":" + e.Name }

// Entries returns all pins, sorted by server, kind and name. Their versions must not be changed.
func (b *Book) Entries() ([]Entry, error) {
	var all []Entry
	err := b.file.Look(func(c *content) {
		for server, s := range c.Servers {
			for _, p := range s.Pins {
				all = append(all, Entry{server, *p})
			}
		}
	})
	slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(a.Ref(), b.Ref()) })
	return all, err
}

// ErrMoved means that the quarantined definition is not the one that a person decided on.
var ErrMoved = errors.New("the definition has changed since")

// Decide accepts or rejects the quarantined definition of an entry. hash is the hash of the
// definition that was shown to the person, whose name is by. If the server has changed the
// definition since, the error is [ErrMoved] and nothing changes.
func (b *Book) Decide(e *Entry, hash string, accept bool, by string) error {
	return b.change(func(c *content) error {
		s := c.Servers[e.Server]
		if s == nil {
			return ErrMoved
		}
		n, found := s.find(e.Kind, e.Name)
		if !found || s.Pins[n].Waiting == nil || s.Pins[n].Waiting.Hash != hash {
			return ErrMoved
		}
		p := s.Pins[n]
		if p.Rejected = !accept; !accept {
			c.note(rejected, e.Server, p, p.Waiting, b.now(), by)
		} else {
			c.note(accepted, e.Server, p, p.Waiting, b.now(), by)
			p.Pinned, p.Waiting, p.Suspect = p.Waiting, nil, false
			p.Pinned.Since = b.now().UTC()
		}
		return nil
	})
}
