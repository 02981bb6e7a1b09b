package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// limit bounds the amounts of calls within a window of time.
type limit struct {
	pointer string
	counter string
	window  time.Duration
	max     Amount
	scope   scope
	amount  Amount
	from    *path // of the argument that holds the amount, may be nil
	reason  string
}

// Charge is the amount that a call takes from a limit. It must be reserved before the call is
// forwarded. It counts whether or not the call succeeds.
type Charge struct {
	// Key names the counter: the same for all calls that share it.
	Key    string
	Amount Amount
	Max    Amount        // the most that the window may hold
	Window time.Duration // sliding, ending now; zero is the complete session
	Rule   string        // JSON pointer of the limit
	Reason string        // the policy's message when the limit is reached, or ""
	// Session means that the counter ends with the session.
	Session bool
}

// scope says which callers share a counter.
type scope uint8

const (
	byGrant   scope = iota // each identity has one
	global                 // all callers share one
	bySession              // each session has one
)

// scope reads the scope of a limit.
func (l *loader) scope(v value) scope {
	switch l.choice(v, "scope", "grant", "identity", "session", "global") {
	case "global":
		return global
	case "session":
		l.policy.sessional = true
		return bySession
	}
	return byGrant
}

// Limits returns the limits of all entries, as charges without an amount. Their keys are the names
// of the counters, which the quoted name of the caller precedes unless all callers share them, and
// the quoted id of the session if each has one.
func (p *Policy) Limits() []Charge {
	var all []Charge
	for _, e := range p.entries(Tool, Resource, Prompt, Method) {
		for _, l := range e.limits {
			all = append(all, Charge{Key: l.counter, Max: l.max, Window: l.window, Rule: l.pointer, Reason: l.reason, Session: l.scope == bySession})
		}
	}
	return all
}

// charge returns the charge of a call. The error says why it cannot be determined, without values
// from the call.
func (l *limit) charge(c *Call) (Charge, error) {
	caller := ""
	switch name, _ := c.Identity["name"].(string); {
	case l.scope == bySession && c.Session == nil:
		return Charge{}, errors.New("the session is not known, so the call cannot be counted")
	case l.scope == bySession:
		caller = SessionKey(name, c.Session.ID)
	case l.scope == byGrant:
		caller = strconv.Quote(name) // so that no name can imitate another counter
	}
	amount := l.amount
	if l.from != nil {
		var err error
		if amount, err = l.from.amount(c); err != nil {
			return Charge{}, err
		}
	}
	return Charge{caller + l.counter, amount, l.max, l.window, l.pointer, l.reason, l.scope == bySession}, nil
}

// SessionKey returns the prefix of the keys of a session's counters.
func SessionKey(identity, session string) string {
	return strconv.Quote(identity) + strconv.Quote(session)
}

// amount returns the number that a path leads to.
func (p *path) amount(c *Call) (a Amount, err error) {
	p.values(c, func(v any, f found) bool {
		n, isNumber := v.(json.Number)
		switch {
		case f != isValue:
			err = fmt.Errorf("%s is missing, so the call cannot be counted", p.text)
		case !isNumber:
			err = fmt.Errorf("%s is not a number, so the call cannot be counted", p.text)
		default:
			if a, err = ParseAmount(n); err != nil {
				err = fmt.Errorf("%s %w, so the call cannot be counted", p.text, err)
			}
		}
		return false
	})
	return a, err
}

// Amount is a number of calls or a value of an argument, in millionths. It is not negative.
type Amount int64

// The bounds of an amount.
const (
	One       Amount = 1_000_000
	MaxAmount        = 1_000_000_000_000 * One
)

// ParseAmount reads an amount with up to six decimals. The error completes a sentence that begins
// with the name of the number.
func ParseAmount(n json.Number) (Amount, error) {
	r, ok := rational(n)
	switch {
	case !ok:
		return 0, errors.New("is too large")
	case r.Sign() < 0:
		return 0, errors.New("is negative")
	}
	r.Mul(r, big.NewRat(int64(One), 1))
	switch {
	case r.Cmp(new(big.Rat).SetInt64(int64(MaxAmount))) > 0:
		return 0, fmt.Errorf("is larger than %s", MaxAmount)
	case !r.IsInt():
		return 0, errors.New("has more than six decimals")
	}
	return Amount(r.Num().Int64()), nil
}

// Percent returns a in percent of most, rounded down, and 100 if most is zero.
func (a Amount) Percent(most Amount) int64 {
	if most <= 0 {
		return 100
	}
	return int64(float64(a) * 100 / float64(most)) // an integer would overflow
}

// String returns the amount in decimal.
func (a Amount) String() string {
	s := strconv.FormatInt(int64(a/One), 10)
	if rest := a % One; rest != 0 {
		s += strings.TrimRight(fmt.Sprintf(".%06d", int64(rest)), "0")
	}
	return s
}

// The bounds of a window.
const (
	minWindow = time.Second
	MaxWindow = 366 * 24 * time.Hour
)

var windowNames = map[string]time.Duration{
	"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour, "week": 7 * 24 * time.Hour,
	"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
}

// parseWindow reads a window: a number of seconds, "minute", "15 minutes", "15m".
func parseWindow(s string) (time.Duration, bool) {
	digits := s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
	unit := s[len(digits):]
	n := 1
	if digits != "" {
		var err error
		if n, err = strconv.Atoi(digits); err != nil || n > int(MaxWindow/time.Second) {
			return 0, false
		}
		if unit == "" {
			unit = "s"
		} else if unit = strings.TrimPrefix(unit, " "); len(unit) > 1 {
			unit = strings.TrimSuffix(unit, "s")
		}
	} else if len(unit) < 2 {
		return 0, false
	}
	w := time.Duration(n) * windowNames[unit]
	return w, w >= minWindow && w <= MaxWindow
}

// parseRate reads a rate such as "10/minute".
func parseRate(s string) (n Amount, w time.Duration, ok bool) {
	count, window, found := strings.Cut(s, "/")
	i, err := strconv.ParseUint(count, 10, 32)
	w, ok = parseWindow(window)
	return Amount(i) * One, w, found && ok && err == nil
}

// windowText returns a window in words.
func windowText(w time.Duration) string {
	for _, u := range [...]string{"week", "day", "hour", "minute", "second"} {
		if d := windowNames[u]; w == d {
			return u
		} else if w%d == 0 && w > d {
			return fmt.Sprintf("%d %ss", w/d, u)
		}
	}
	return w.String()
}

// Refusal is the message that a limit is reached, with the time to try again.
func (c *Charge) Refusal(after time.Duration) string {
	s := c.Reason
	if s == "" {
		s = fmt.Sprintf("the limit of %s per %s is reached", c.Max, windowText(c.Window))
		if c.Session && c.Window == 0 {
			s = fmt.Sprintf("the limit of %s for a session is reached", c.Max)
		} else if c.Session {
			s += " in this session"
		}
	}
	if c.Amount > c.Max {
		return s + "; this call alone exceeds it"
	} else if c.Window == 0 {
		return s
	}
	return fmt.Sprintf("%s; try again in %s", s, max(time.Second, after.Round(time.Second)))
}
