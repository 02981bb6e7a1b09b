package approval

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
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
	key  []byte // that approvals need, nil if they need none

	mu sync.Mutex // guards the fields below
	// used has how often this process has used each held call and standing approval: an older file
	// brings no use back.
	used map[string]int
	// ended are the approvals that this process has seen to end, until when they would have lasted:
	// an older file brings none of them back.
	ended map[string]time.Time
}

// content is the format of the file.
type content struct {
	Version int     `json:"version"`
	Held    []*Held `json:"held"` // oldest first
	// Standing are the approvals by rule, oldest first.
	Standing []*Standing `json:"standing,omitempty"`
	// Key names the key that approvals need, "" if they need none.
	Key string `json:"key,omitempty"`
	// Salt is the key of the hashes of credentials, unless approvals need one.
	Salt string `json:"salt,omitempty"`
	// Answers are the ids of signed answers, with the times at which they came.
	Answers map[string]time.Time `json:"answers,omitempty"`
	// Latest is the time of the newest change. If the clock is set back behind it, nothing that has
	// expired comes to life: see [content.advance].
	Latest time.Time `json:"latest"`
}

// Open returns the book that a file keeps. The file is created with the first call, with mode 0600:
// it has arguments as they will be sent.
func Open(path string) (*Book, error) {
	b := &Book{used: map[string]int{}, file: book.Book[content]{What: "approvals", File: safefile.Shared[content]{
		Path: path, Max: maxFile, New: func() *content { return &content{Version: format} }, Check: (*content).check,
	}}}
	_, err := b.List(time.Time{})
	return b, err
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

// Ask returns the held call that is equal to c: one that waits, is approved or was denied. If there
// is none, the call is held from now on.
func (b *Book) Ask(c Call, ttl time.Duration, now time.Time) (Held, error) {
	if n := max(len(c.Arguments), c.Request.size(), len(c.Effect)); n > MaxArguments {
		return Held{}, fmt.Errorf("hold the call for a person: it sends %d bytes, and a person can judge %d", n, MaxArguments)
	}
	if ttl <= 0 {
		ttl = DefaultTTL
	}
	digest, err := c.digest()
	if err != nil {
		return Held{}, fmt.Errorf("hold the call for a person: %w", err)
	}
	var held Held
	err = b.update("hold the call for a person", now, func(s *content, now time.Time) error {
		if h := s.open(digest, now); h != nil {
			held = *h
			return nil
		}
		waiting := 0
		for _, h := range s.Held {
			if h.State == Waiting && h.Grant == c.Grant {
				waiting++
			}
		}
		if waiting >= maxWaiting {
			return ErrTooMany
		}
		h := &Held{ID: strings.ToLower(rand.Text()[:10]), Call: c, Digest: digest, Created: now, Expires: now.Add(ttl), State: Waiting}
		if !s.makeRoom(h, now) {
			return ErrTooMuch
		}
		s.Held = append(s.Held, h)
		held = *h
		return nil
	})
	return held, err
}

// makeRoom drops calls of who asks that are over, the oldest first, until another one has room. It
// reports false if those that are not over leave none.
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

// size returns how many bytes of the file a call takes, without decisions.
func (h *Held) size() int {
	text, err := json.Marshal(&h.Call)
	if err != nil {
		return maxGrant // it cannot be in the file
	}
	return len(text)
}

// IsDecided reports whether people have decided on the call that is equal to c: it was denied, or
// approved and not used yet.
func (b *Book) IsDecided(c Call, now time.Time) (bool, error) {
	digest, err := c.digest()
	if err != nil {
		return false, err
	}
	all, err := b.List(now)
	return slices.ContainsFunc(all, func(h Held) bool {
		return h.Digest == digest && (h.State == Approved || h.State == Denied && now.Before(h.Expires))
	}), err
}

// open returns the call with this digest that is neither used nor expired. A denial counts as long
// as a consent would have, unless it is of a clock that was ahead.
func (c *content) open(digest string, now time.Time) *Held {
	for _, h := range slices.Backward(c.Held) {
		if h.Digest == digest && h.State != Used && h.State != Expired && !h.Created.After(now) && now.Before(h.Expires) {
			return h
		}
	}
	return nil
}

// Use takes the approval of a call. It reports true to one caller only, which may then send the
// call; the file says so before that.
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

// Decide notes what a person says of a held call. digest is that of the call that was shown to the
// person. A single denial ends it.
func (b *Book) Decide(id, digest string, d Decision, now time.Time) (Held, error) {
	return b.decide(id, digest, d, nil, now)
}

// Answer identifies a decision that came with a signature, so that it counts once.
type Answer struct {
	ID     string // chosen by who answers
	Signed time.Time
}

// AnswerWindow is how long after it was signed an answer is accepted.
const AnswerWindow = 5 * time.Minute

// DecideSigned is [Book.Decide] for an answer that came from elsewhere. It refuses one that came
// before, and one that was signed too long ago, even if the clock was set back since.
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
		switch {
		case h == nil:
			return ErrNotFound
		case !h.State.IsOpenTo(d.Approve):
			return fmt.Errorf("%w: it is %s", ErrOver, h.State)
		case h.Digest != digest:
			return ErrOtherCall
		}
		err := b.agree(c, h.subject(), d, now, &h.Decisions, &h.State, &h.Ended)
		held = *h
		return err
	})
	return held, err
}

// agree adds what a person says of something, which ends it or is a consent that it needs.
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

// accept notes the id of a signed answer. nil stands for a decision that was made here.
func (c *content) accept(a *Answer, now time.Time) error {
	for id, at := range c.Answers {
		if now.Sub(at) > 2*AnswerWindow {
			delete(c.Answers, id)
		}
	}
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

// List returns all calls that are kept, oldest first. Zero for now leaves their states as they are
// in the file.
func (b *Book) List(now time.Time) ([]Held, error) {
	return kept(b, now, func(c *content) []*Held { return c.Held }, func(h *Held, now time.Time) {
		if h.Decisions = slices.Clone(h.Decisions); h.State.isOver(h.Expires, now) {
			h.State = Expired
		}
	})
}

// kept returns copies of what a list of the file has. detach makes one independent of the file, and
// brings its state up to date.
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

// look calls see with what the file has, and with now, or the latest time that the file knows if
// the clock was set back since.
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

// isOver reports whether a call or a standing approval in this state ended at the time expires.
func (s State) isOver(expires, now time.Time) bool {
	return (s == Waiting || s == Approved) && !now.Before(expires)
}

// update runs change on the newest state, in which what is over has expired.
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

// forget drops what ended a while ago.
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
