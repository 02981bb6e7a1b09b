package approval

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/guard/book"
	"github.com/spectap/spectap/internal/safefile"
)

// Book holds calls. Its methods are safe for concurrent use.
type Book struct {
	file book.Book[content]
	key  []byte // that approvals require, or nil

	mu sync.Mutex // guards the fields below
	// used counts the uses of each held call and standing approval by this process, so that
	// restoring an older file does not allow them again.
	used map[string]int
	// ended has the approvals whose end this process has seen, with the times at which they would
	// have expired. Restoring an older file does not revive them.
	ended map[string]time.Time
}

// content is the format of the file.
type content struct {
	Version int     `json:"version"`
	Held    []*Held `json:"held"` // oldest first
	// Standing are the approvals by rule, oldest first.
	Standing []*Standing `json:"standing,omitempty"`
	// Key names the key that approvals require, or is "".
	Key string `json:"key,omitempty"`
	// Salt is the key of the hashes of credentials, unless approvals require a key.
	Salt string `json:"salt,omitempty"`
	// Policies are the versions of the policies in force, by their files.
	Policies map[string]string `json:"policies,omitempty"`
	// Answers are the ids of signed answers, with the times at which they came.
	Answers map[string]time.Time `json:"answers,omitempty"`
	// Latest is the time of the newest change. Setting the clock back behind it does not revive
	// expired calls: see [content.advance].
	Latest time.Time `json:"latest"`
}

// Open returns the book that a file keeps. The first call creates the file, with mode 0600, because
// it contains arguments as they will be sent.
func Open(path string) (*Book, error) {
	b := &Book{used: map[string]int{}, file: newFile(path)}
	_, err := b.List(time.Time{})
	return b, err
}

func newFile(path string) book.Book[content] {
	return book.Book[content]{What: "approvals", File: safefile.Shared[content]{
		Path: path, Max: maxFile, New: func() *content { return &content{Version: format} }, Check: (*content).check,
	}}
}

func (c *content) check() error {
	if c.Version != format {
		return fmt.Errorf("it is not a file of approvals in version %d of the format", format)
	}
	for _, h := range c.Held {
		if h == nil || h.ID == "" || !slices.Contains([]State{Waiting, Approved, Denied, Used, Expired}, h.State) {
			return errors.New("a held call has no id or no state")
		}
		digest, err := h.Call.digest()
		if err != nil || digest != h.Digest {
			return fmt.Errorf("the held call %s is not the one that its digest stands for", h.ID)
		}
	}
	for _, r := range c.Standing {
		if r == nil || !strings.HasPrefix(r.ID, StandingPrefix) || !slices.Contains([]State{Waiting, Approved, Denied, Used, Expired, Revoked}, r.State) {
			return errors.New("a standing approval has no id or no state")
		}
		if digest, err := digestOf(r.Terms); err != nil || digest != r.Digest {
			return fmt.Errorf("the standing approval %s is not the one that its digest stands for", r.ID)
		}
	}
	return nil
}

// Ask returns the held call that equals c and is waiting, approved or denied. Without such a call,
// it holds c.
func (b *Book) Ask(c Call, ttl time.Duration, now time.Time) (Held, error) {
	if n := max(len(c.Arguments), sizeOf(c.Request), len(c.Effect)); n > MaxArguments {
		return Held{}, fmt.Errorf("hold the call for a person: it sends %d bytes, and a person can judge %d", n, MaxArguments)
	}
	ttl = cmp.Or(max(ttl, 0), DefaultTTL)
	digest, err := b.digest(c)
	if err != nil {
		return Held{}, fmt.Errorf("hold the call for a person: %w", err)
	}
	var held Held
	err = b.update("hold the call for a person", now, func(s *content, now time.Time) error {
		if h := s.open(digest, now); h != nil {
			if !b.IsShared() { // who asks again has as much time to confirm
				h.Expires = now.Add(ttl)
			}
			held = *h
			return nil
		}
		id := rand.Text() // cannot be guessed
		if !b.IsShared() {
			s.evict(c.Grant, c.GrantID)
		} else if id = strings.ToLower(id[:10]); s.waiting(c.Grant) >= maxWaiting { // people type the id
			return ErrTooMany
		}
		h := &Held{ID: id, Call: c, Digest: digest, Created: now, Expires: now.Add(ttl), State: Waiting}
		h.Follows = s.voidEarlier(h, now)
		if b.IsShared() && !s.makeRoom(h, now) {
			return ErrTooMuch
		}
		s.Held = append(s.Held, h)
		held = *h
		return nil
	})
	return held, err
}

// sizeOf returns the size of what a person must read of a request, in bytes.
func sizeOf(r *Request) int {
	if r == nil {
		return 0
	}
	return len(r.URL) + len(r.Body) + len(strings.Join(r.Header, ""))
}

// waiting returns how many calls of a grant wait.
func (c *content) waiting(grant string) (n int) {
	for _, h := range c.Held {
		if h.State == Waiting && h.Grant == grant {
			n++
		}
	}
	return n
}

// makeRoom drops ended calls of the caller, the oldest first, until there is room for another. It
// reports false if the open calls leave no room.
func (c *content) makeRoom(h *Held, now time.Time) bool {
	room := maxGrant - h.size()
	binds := func(o *Held) bool {
		return o.State == Waiting || o.State == Approved || o.State == Denied && now.Before(o.Expires)
	}
	for _, o := range c.Held {
		if o.Grant == h.Grant && binds(o) {
			room -= o.size()
		}
	}
	if room < 0 {
		return false
	}
	for i, o := range slices.Backward(c.Held) {
		if o.Grant != h.Grant || binds(o) {
			continue
		}
		if room -= o.size(); room < 0 {
			c.Held = slices.Delete(c.Held, i, i+1)
		}
	}
	return true
}

// size returns the size of a call in the file, in bytes, without its decisions.
func (h *Held) size() int {
	text, err := json.Marshal(&h.Call)
	if err != nil {
		return maxGrant // it cannot be in the file
	}
	return len(text)
}

// open returns the call with this digest that is neither used nor expired. A denial lasts as long
// as a consent would have, unless it was made while the clock was ahead.
func (c *content) open(digest string, now time.Time) *Held {
	for _, h := range slices.Backward(c.Held) {
		if h.Digest == digest && h.State != Used && h.State != Expired && !h.Created.After(now) && now.Before(h.Expires) {
			return h
		}
	}
	return nil
}

// Use consumes the approval of a call. It reports true to one caller only, which may then send the
// call. The file records the use before Use returns.
func (b *Book) Use(id string, now time.Time) (used bool, err error) {
	forged := false
	err = b.update("use the approval "+id, now, func(s *content, now time.Time) error {
		if err := b.mayUse(s); err != nil {
			return err
		}
		h := s.find(id)
		switch {
		case h == nil || h.State != Approved:
		case !b.suffice(h.subject(), h.Decisions):
			h.State, h.Decisions, forged = Waiting, b.coded(h.subject(), h.Decisions), true
		default:
			h.State, h.Ended = Used, now
			used = b.uses(id) == 0 && !b.hasEnded(id)
		}
		return nil
	})
	if err == nil && forged {
		return false, ErrNoCode
	}
	if used && err == nil {
		b.noteUses(id, 1)
	}
	return used && err == nil, err
}

// Decide records a person's decision on a held call. digest is that of the call that was shown to
// the person. A single denial ends it.
func (b *Book) Decide(id, digest string, d Decision, now time.Time) (Held, error) {
	return b.decide(id, digest, d, nil, now)
}

// Answer identifies a signed decision, so that it counts once.
type Answer struct {
	ID     string // chosen by the sender
	Signed time.Time
}

// AnswerWindow is how long an answer is accepted after it was signed.
const AnswerWindow = 5 * time.Minute

// DecideSigned is [Book.Decide] for a signed answer from another machine. It refuses a repeated
// answer and one that was signed too long ago, even if the clock has been set back since.
func (b *Book) DecideSigned(id, digest string, d Decision, a Answer, now time.Time) (Held, error) {
	return b.decide(id, digest, d, &a, now)
}

func (b *Book) decide(id, digest string, d Decision, a *Answer, now time.Time) (Held, error) {
	var held Held
	err := b.update("decide on "+id, now, func(c *content, now time.Time) error {
		if err := c.accept(a, now); err != nil {
			return err
		}
		h := c.find(id)
		if h == nil {
			return ErrNotFound
		}
		if err := h.Decidable(d.Approve); err != nil {
			return err
		}
		if h.Digest != digest {
			return ErrOtherCall
		}
		err := b.agree(c, h.subject(), d, now, &h.Decisions, &h.State, &h.Ended)
		held = *h
		return err
	})
	return held, err
}

// agree adds a person's decision on a subject: a denial ends it, a consent counts toward those
// required.
func (b *Book) agree(c *content, on subject, d Decision, now time.Time, all *[]Decision, state *State, ended *time.Time) error {
	if err := mayDecide(&d, on.grant, on.caller, *all); err != nil {
		return err
	}
	if err := b.mayCode(c); err != nil && d.Approve {
		return err
	}
	if len(d.Note) > MaxNote {
		return fmt.Errorf("the note has %d bytes, more than %d", len(d.Note), MaxNote)
	}
	d.At = now
	b.code(on, &d)
	*all = append(*all, d)
	switch {
	case !d.Approve:
		*state, *ended = Denied, now
	case len(*all) >= max(1, on.approvers):
		*state = Approved
	}
	return nil
}

// accept records the id of a signed answer. A nil answer means a decision that was made on this
// machine.
func (c *content) accept(a *Answer, now time.Time) error {
	maps.DeleteFunc(c.Answers, func(_ string, at time.Time) bool { return now.Sub(at) > 2*AnswerWindow })
	if a == nil {
		return nil
	}
	if _, came := c.Answers[a.ID]; came {
		return ErrReplayed
	}
	if d := now.Sub(a.Signed); d > AnswerWindow || d < -AnswerWindow {
		return ErrLate
	}
	if len(c.Answers) >= maxAnswers {
		return errors.New("too many answers came in a short time")
	}
	if c.Answers == nil {
		c.Answers = map[string]time.Time{}
	}
	c.Answers[a.ID] = now
	return nil
}

func (c *content) find(id string) *Held {
	i := slices.IndexFunc(c.Held, func(h *Held) bool { return h.ID == id })
	if i < 0 {
		return nil
	}
	return c.Held[i]
}

// List returns all calls of the book, oldest first. A zero now leaves their states as they are in
// the file.
func (b *Book) List(now time.Time) ([]Held, error) {
	return kept(b, now, func(c *content) []*Held { return c.Held }, func(h *Held, now time.Time) {
		if h.Decisions = slices.Clone(h.Decisions); h.State.isOver(h.Expires, now) {
			h.State = Expired
		}
	})
}

// kept returns copies of the elements of a list in the file. detach makes a copy independent of the
// file and updates its state.
func kept[T any](b *Book, now time.Time, list func(*content) []*T, detach func(*T, time.Time)) ([]T, error) {
	var all []T
	err := b.look(now, func(c *content, now time.Time) {
		for _, v := range list(c) {
			all = append(all, *v)
			detach(&all[len(all)-1], now)
		}
	})
	return all, err
}

// look calls see with the content of the file and with now, or with the latest time in the file if
// the clock has been set back since.
func (b *Book) look(now time.Time, see func(*content, time.Time)) error {
	return b.file.Look(func(c *content) {
		if c.Latest.After(now) {
			now = c.Latest
		}
		b.noteEnded(c)
		see(c, now)
	})
}

// Get returns one held call.
func (b *Book) Get(id string, now time.Time) (Held, error) {
	all, err := b.List(now)
	if err != nil {
		return Held{}, err
	}
	i := slices.IndexFunc(all, func(h Held) bool { return h.ID == id })
	if i < 0 {
		return Held{}, fmt.Errorf("%s: %w", id, ErrNotFound)
	}
	return all[i], nil
}

// isOver reports whether a call or a standing approval in this state, which expires at that time,
// has ended.
func (s State) isOver(expires, now time.Time) bool {
	return (s == Waiting || s == Approved) && !now.Before(expires)
}

// update runs change on the newest state, after expiring the calls and approvals whose time is
// over.
func (b *Book) update(what string, now time.Time, change func(*content, time.Time) error) error {
	err := b.file.Change(func(c *content) error {
		now := c.advance(now.UTC())
		b.noteEnded(c)
		for _, h := range c.Held {
			if h.State.isOver(h.Expires, now) {
				h.State, h.Ended = Expired, now
			}
		}
		c.expireStanding(now)
		c.forget(now)
		return change(c, now)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// forget drops calls that ended more than keepEnded ago, and the oldest ended calls beyond
// maxEnded.
func (c *content) forget(now time.Time) {
	ended := 0
	for i, h := range slices.Backward(c.Held) {
		if h.State == Waiting || h.State == Approved {
			continue
		}
		if ended++; ended > maxEnded || now.Sub(h.Ended) > keepEnded {
			c.Held = slices.Delete(c.Held, i, i+1)
		}
	}
}
