package approval

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Terms are the terms of a standing approval: which calls it covers, for how long and how often.
type Terms struct {
	Grant      string `json:"grant"` // the caller
	GrantID    string `json:"grant_id,omitempty"`
	Server     string `json:"server"`
	Tool       string `json:"tool"`
	Inner      string `json:"inner,omitempty"`
	Definition string `json:"definition,omitempty"` // as in [Call]
	// Credentials are those of the calls.
	Credentials []Credential `json:"credentials,omitempty"`
	Policy      string       `json:"policy"` // its version
	Rule        string       `json:"rule"`
	Also        []string     `json:"also,omitempty"`
	Approvers   int          `json:"approvers,omitempty"`
	// If are conditions in the language of policies, one object in each. A call must meet all.
	If []string `json:"if,omitempty"`
	// Times is how many calls are covered; zero means any number until Expires.
	Times   int       `json:"times,omitempty"`
	Expires time.Time `json:"expires"`
	// Nonce distinguishes two approvals with equal terms. It is not secret.
	Nonce string `json:"nonce,omitempty"`
}

// Standing is a standing approval: an approval of all calls that meet its terms.
type Standing struct {
	ID string `json:"id"` // begins with [StandingPrefix]
	Terms
	Digest    string     `json:"digest"` // of the terms
	Created   time.Time  `json:"created"`
	Used      int        `json:"used"` // calls that it covered so far
	Decisions []Decision `json:"decisions"`
	State     State      `json:"state"`
	Ended     time.Time  `json:"ended,omitzero"`
}

// StandingPrefix begins the ids of standing approvals.
const StandingPrefix = "rule-"

// Revoked is the state of a standing approval that a person ended.
const Revoked State = "revoked"

// The bounds of standing approvals.
const (
	maxStanding   = 1000
	maxConditions = 20
	maxCondition  = 4 << 10 // bytes
	maxTimes      = 1_000_000
	// MaxStanding is how long a standing approval may be valid.
	MaxStanding = 30 * 24 * time.Hour
)

// The errors of standing approvals.
var (
	ErrNoRule  = errors.New("there is no such standing approval")
	ErrNoTerms = errors.New("a standing approval ends after a time of at most 30 days")
	ErrOnce    = errors.New("the policy allows no standing approval of such calls")
)

// TermsOf returns terms that cover calls like h: of the same caller, tool, definition and policy
// version.
func TermsOf(h *Held) Terms {
	return Terms{
		Grant: h.Grant, GrantID: h.GrantID, Server: h.Server, Tool: h.Tool, Inner: h.Inner, Definition: h.Definition, Policy: h.Policy,
		Rule: h.Rule, Also: h.Also, Approvers: h.Approvers, Credentials: h.Credentials,
	}
}

// covers reports whether the terms cover c, apart from its arguments.
func (t *Terms) covers(c *Call) bool {
	return t.Grant == c.Grant && t.GrantID == c.GrantID && t.Server == c.Server && t.Tool == c.Tool && t.Inner == c.Inner && t.Definition == c.Definition &&
		slices.Equal(t.Credentials, c.Credentials) &&
		t.Policy == c.Policy && t.Rule == c.Rule && slices.Equal(t.Also, c.Also) && max(1, t.Approvers) == max(1, c.Approvers) && !c.Once
}

// isLeft reports whether the approval is in force and has uses left.
func (s *Standing) isLeft(now time.Time) bool {
	return s.State == Approved && now.Before(s.Expires) && (s.Times == 0 || s.Used < s.Times)
}

// Allow adds a standing approval of calls like a held one. It is in force once as many people have
// agreed as the call needs. Its validity is also bounded by the policy's bound on a consent.
func (b *Book) Allow(id string, t Terms, d Decision, now time.Time) (Standing, error) {
	var out Standing
	err := b.update("allow calls like "+id, now, func(c *content, now time.Time) error {
		h := c.find(id)
		if h == nil {
			return ErrNotFound
		}
		if h.Void {
			return ErrVoid
		}
		same := TermsOf(h)
		same.If, same.Times, same.Expires, same.Nonce = t.If, t.Times, t.Expires.UTC(), rand.Text()
		if err := same.check(h, now); err != nil {
			return err
		}
		if len(c.Standing) >= maxStanding {
			return fmt.Errorf("there are %d standing approvals: revoke some", maxStanding)
		}
		digest, err := digestOf(same)
		if err != nil {
			return err
		}
		s := &Standing{ID: StandingPrefix + strings.ToLower(rand.Text()[:10]), Terms: same, Digest: digest, Created: now, State: Waiting}
		if err := b.agree(c, s.subject(), d, now, &s.Decisions, &s.State, &s.Ended); err != nil {
			return err
		}
		c.Standing = append(c.Standing, s)
		out = *s
		return nil
	})
	return out, err
}

// check returns an error if the terms are not allowed.
func (t *Terms) check(h *Held, now time.Time) error {
	size := 0
	for _, q := range t.If {
		size = max(size, len(q))
	}
	left := t.Expires.Sub(now)
	switch {
	case h.Once:
		return ErrOnce
	case left <= 0 || left > MaxStanding+time.Minute:
		return ErrNoTerms
	case h.Within > 0 && left > h.Within:
		return fmt.Errorf("the policy lets a consent be valid for %v at most", h.Within)
	case t.Times < 0 || t.Times > maxTimes:
		return fmt.Errorf("a standing approval covers 1 to %d calls", maxTimes)
	case len(t.If) > maxConditions || size > maxCondition:
		return fmt.Errorf("a standing approval has at most %d conditions of %d bytes", maxConditions, maxCondition)
	}
	return nil
}

// Agree records another person's decision on a standing approval that needs several people. digest
// is that of the terms that were shown.
func (b *Book) Agree(id, digest string, d Decision, now time.Time) (Standing, error) {
	return b.changeStanding("decide on "+id, id, now, func(c *content, s *Standing, now time.Time) error {
		switch {
		case s.State != Waiting:
			return fmt.Errorf("%w: it is %s", ErrOver, s.State)
		case s.Digest != digest:
			return ErrOtherCall
		}
		return b.agree(c, s.subject(), d, now, &s.Decisions, &s.State, &s.Ended)
	})
}

// Revoke ends a standing approval. Any person may revoke it, including the one who made it.
func (b *Book) Revoke(id string, d Decision, now time.Time) (Standing, error) {
	return b.changeStanding("revoke "+id, id, now, func(_ *content, s *Standing, now time.Time) error {
		if s.State != Approved && s.State != Waiting {
			return fmt.Errorf("%w: it is %s", ErrOver, s.State)
		}
		d.Approve, d.At = false, now
		s.Decisions = append(s.Decisions, d)
		s.State, s.Ended = Revoked, now
		return nil
	})
}

func (b *Book) changeStanding(what, id string, now time.Time, change func(*content, *Standing, time.Time) error) (Standing, error) {
	var out Standing
	err := b.update(what, now, func(c *content, now time.Time) error {
		i := slices.IndexFunc(c.Standing, func(s *Standing) bool { return s.ID == id })
		if i < 0 {
			return ErrNoRule
		}
		err := change(c, c.Standing[i], now)
		out = *c.Standing[i]
		return err
	})
	return out, err
}

// UseStanding counts a call against the oldest standing approval that covers it. The file records
// the use before UseStanding returns. meets reports whether the call meets all conditions. recheck
// is called before meets, without a lock, and only if an approval covers the call apart from its
// arguments. ok is false if no approval covers the call.
func (b *Book) UseStanding(
	call Call, meets func(conditions []string) bool, recheck func() error, now time.Time,
) (used Standing, ok bool, err error) {
	all, err := b.Standing(now)
	if err != nil {
		return used, false, err
	}
	candidate := func(s *Standing, now time.Time) bool {
		return s.isLeft(now) && !b.hasEnded(s.ID) && s.covers(&call) && b.suffice(s.subject(), s.Decisions) && meets(s.If)
	}
	if !slices.ContainsFunc(all, func(s Standing) bool { return candidate(&s, now) }) {
		if !slices.ContainsFunc(all, func(s Standing) bool { return s.State == Expired && s.Ended.IsZero() }) {
			return used, false, nil // most calls: the file is not written
		}
		// An approval has just expired. The file must record that, or setting the clock back would
		// revive it.
		return used, false, b.update("end standing approvals", now, func(*content, time.Time) error { return nil })
	}
	if err := recheck(); err != nil {
		return used, false, err
	}
	err = b.update("use a standing approval", now, func(c *content, now time.Time) error {
		if err := b.mayUse(c); err != nil {
			return err
		}
		for _, s := range c.Standing {
			if s.Used = max(s.Used, b.uses(s.ID)); candidate(s, now) {
				s.Used++
				s.endIfUsed(now)
				b.noteUses(s.ID, s.Used)
				used, ok = *s, true
				return nil
			}
			s.endIfUsed(now) // somebody has lowered the count in the file
		}
		return nil
	})
	return used, ok && err == nil, err
}

// endIfUsed ends a standing approval that has covered all its calls.
func (s *Standing) endIfUsed(now time.Time) {
	if s.State == Approved && s.Times > 0 && s.Used >= s.Times {
		s.State, s.Ended = Used, now
	}
}

// Standing returns all standing approvals of the book, oldest first. A zero now leaves their states
// as they are in the file.
func (b *Book) Standing(now time.Time) ([]Standing, error) {
	return kept(b, now, func(c *content) []*Standing { return c.Standing }, func(s *Standing, now time.Time) {
		if s.Decisions = slices.Clone(s.Decisions); s.State.isOver(s.Expires, now) {
			s.State = Expired
		}
	})
}

// expireStanding ends the standing approvals whose time is over, and drops those that ended more
// than keepEnded ago.
func (c *content) expireStanding(now time.Time) {
	for _, s := range c.Standing {
		if s.State.isOver(s.Expires, now) {
			s.State, s.Ended = Expired, now
		}
	}
	c.Standing = slices.DeleteFunc(c.Standing, func(s *Standing) bool {
		return s.State != Waiting && s.State != Approved && now.Sub(s.Ended) > keepEnded
	})
}
