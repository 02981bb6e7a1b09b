package session

import (
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard/book"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/safefile"
)

// Book keeps the state of sessions: taints and successful calls. It is safe for concurrent use.
type Book struct {
	mu         sync.Mutex
	identities map[string]*identity
	file       book.Book[content] // of the taints of identities
	key        []byte             // of the hashes of secrets
}

// identity is the state of all sessions of an identity.
type identity struct {
	// version changes with all the state on which a decision may depend.
	version  uint64
	taints   map[string]time.Time // the expiry, by name
	sessions map[string]*state
	kept     map[string]*redact.Used // secrets that the caller has received, by taint
}

// state is the state of one session.
type state struct {
	taints []string // sorted
	called []string // as callKey returns them
	kept   map[string]*redact.Used
}

// Who identifies a session.
type Who struct {
	Identity string // its name
	Session  string // an id that is unique among the sessions of the identity
}

// The bounds of a book.
const (
	maxSessions = 10_000 // of an identity, without those that have no state
	maxCalled   = 1_000  // tools of a session
)

// grace is the extra time for which a taint of an identity is kept, so that the file is written at
// most once in this time even if a session is tainted often.
const grace = time.Minute

// NewBook returns an empty book in memory.
func NewBook() *Book {
	return &Book{key: []byte(rand.Text()), identities: map[string]*identity{}, file: book.Book[content]{What: "taints of sessions", File: safefile.Shared[content]{
		Max:   maxFile,
		New:   func() *content { return &content{format, map[string]map[string]time.Time{}} },
		Check: (*content).check,
	}}}
}

// content is the format of the file.
type content struct {
	Version int `json:"version"`
	// Taints has the expiry of the taints of identities, by the names of the identity and the
	// taint.
	Taints map[string]map[string]time.Time `json:"taints"`
}

// The bounds of the file.
const (
	format  = 1
	maxFile = 16 << 20
)

// Open returns a book that keeps the taints of identities in a file, which is created with mode
// 0600 at the first taint. Only one process may use it.
func Open(path string) (*Book, error) {
	b := NewBook()
	b.file.File.Path = path
	err := b.file.Look(func(c *content) {
		for name, taints := range c.Taints {
			b.of(name).taints = maps.Clone(taints)
		}
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

func (c *content) check() error {
	if c.Version != format || c.Taints == nil {
		return fmt.Errorf("it is not a file of taints in version %d of the format", format)
	}
	return nil
}

// of returns the state of an identity. The caller holds b.mu or is the only user of the book.
func (b *Book) of(name string) *identity {
	d := b.identities[name]
	if d == nil {
		d = &identity{taints: map[string]time.Time{}, sessions: map[string]*state{}}
		b.identities[name] = d
	}
	return d
}

// Look returns the state of a session, as a policy for a server sees it, and its version. With
// wide, it includes the taints of other sessions of the identity.
func (b *Book) Look(w Who, server string, wide bool, now time.Time) (policy.Session, uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := policy.Session{ID: w.Session}
	d := b.identities[w.Identity]
	if d == nil {
		return s, 0
	}
	if x := d.sessions[w.Session]; x != nil {
		s.Taints = slices.Clone(x.taints)
		for _, key := range x.called {
			if tool, ok := strings.CutPrefix(key, callKey(server, "")); ok {
				s.Called = append(s.Called, tool)
			}
		}
	}
	if wide {
		for name, until := range d.taints {
			if now.Before(until) && !slices.Contains(s.Taints, name) {
				s.Taints = append(s.Taints, name)
			}
		}
		slices.Sort(s.Taints)
	}
	return s, d.version
}

// errMany is the error for an identity with too many sessions.
var errMany = errors.New("the identity has too many sessions")

// Enter taints a session and, unless window is zero, its identity for this time. It reports false,
// and does nothing, if the version has changed since [Book.Look]: then the decision must be made
// again. After an error the call must not be forwarded.
func (b *Book) Enter(w Who, version uint64, taints []string, window time.Duration, now time.Time) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := b.identities[w.Identity]
	switch {
	case d == nil && version != 0 || d != nil && d.version != version:
		return false, nil
	case len(taints) == 0:
		return true, nil
	case d == nil:
		d = b.of(w.Identity)
	}
	if err := b.taintIdentity(w.Identity, d, taints, window, now); err != nil {
		return false, err
	}
	s, err := d.session(w.Session)
	if err != nil {
		return false, err
	}
	for _, name := range taints {
		if !slices.Contains(s.taints, name) {
			s.taints = append(s.taints, name)
			d.version++
		}
	}
	return true, nil
}

// taintIdentity taints an identity, in the file first.
func (b *Book) taintIdentity(name string, d *identity, taints []string, window time.Duration, now time.Time) error {
	next := maps.Clone(d.taints)
	for _, t := range taints {
		if until := now.Add(window); window > 0 && next[t].Before(until) {
			next[t] = until.Add(grace).UTC().Truncate(time.Second)
		}
	}
	if maps.EqualFunc(next, d.taints, time.Time.Equal) {
		return nil
	}
	maps.DeleteFunc(next, func(_ string, until time.Time) bool { return !now.Before(until) })
	err := b.file.Change(func(c *content) error {
		c.Taints[name] = next
		for other, taints := range c.Taints {
			maps.DeleteFunc(taints, func(_ string, until time.Time) bool { return !now.Before(until) })
			if len(taints) == 0 {
				delete(c.Taints, other)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep the taints of sessions: %w", err)
	}
	d.taints = maps.Clone(next)
	d.version++
	return nil
}

// session returns the state of a session, and creates a missing one.
func (d *identity) session(id string) (*state, error) {
	s := d.sessions[id]
	if s == nil {
		if len(d.sessions) >= maxSessions {
			return nil, errMany
		}
		s = &state{}
		d.sessions[id] = s
	}
	return s, nil
}

// Succeeded records that a call of a server's tool has succeeded. Without room for the record, the
// call counts as not made.
func (b *Book) Succeeded(w Who, server, tool string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := b.of(w.Identity)
	s, err := d.session(w.Session)
	if key := callKey(server, tool); err == nil && len(s.called) < maxCalled && !slices.Contains(s.called, key) {
		s.called = append(s.called, key)
		d.version++
	}
}

// Kept returns the secrets that a caller has received under a taint by value, or nil. With wide, it
// covers all sessions of the identity.
func (b *Book) Kept(w Who, taint string, wide bool) *redact.Used {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := b.identities[w.Identity]
	switch {
	case d == nil:
		return nil
	case wide || d.sessions[w.Session] == nil:
		return d.kept[taint]
	}
	return d.sessions[w.Session].kept[taint]
}

// Keep calls add to record secrets that a caller is about to receive under a taint by value, as
// hashes in memory. Sessions for which there is no room share one record.
func (b *Book) Keep(w Who, taint string, wide bool, add func(*redact.Used)) {
	b.mu.Lock()
	d := b.of(w.Identity)
	all := &d.kept
	if !wide {
		if s, err := d.session(w.Session); err == nil {
			all = &s.kept
		}
	}
	if *all == nil {
		*all = map[string]*redact.Used{}
	}
	kept := (*all)[taint]
	if kept == nil {
		kept = redact.NewUsed(b.key, nil, nil, nil)
		(*all)[taint] = kept
	}
	b.mu.Unlock()
	add(kept)
	b.mu.Lock()
	defer b.mu.Unlock()
	d.version++ // a call that waits is decided again
}

// End drops a session. The taints that it left on its identity stay.
func (b *Book) End(w Who, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := b.identities[w.Identity]
	if d == nil {
		return
	}
	delete(d.sessions, w.Session)
	maps.DeleteFunc(d.taints, func(_ string, until time.Time) bool { return !now.Before(until) })
	d.version++ // a call of the session may be under way
}

// callKey names a tool of a server. Each server's policy uses that server's own tool names.
func callKey(server, tool string) string { return server + "\x00" + tool }
