package policy

import (
	"cmp"
	"slices"
	"strings"
	"time"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/internal/lazyregexp"
)

// Session is the effect of a caller's earlier calls, as far as a policy can depend on it.
type Session struct {
	// ID distinguishes the sessions of a caller in limits of a session.
	ID string
	// Taints are the names of the taints that are in force.
	Taints []string
	// Called are the tools of which a call has succeeded in this session.
	Called []string
	// Carries reports whether what is sent has a secret that calls with this taint by value
	// returned. Nil means no secrets.
	Carries func(taint string, sent any) bool
}

// DefaultTaintWindow is how long a taint stays on the identity that set it, beyond the session.
const DefaultTaintWindow = 24 * time.Hour

// sessionRules is "session" of a policy.
type sessionRules struct {
	window time.Duration // of taints; zero is the default
	// alone means that a taint applies to its session, not to the identity.
	alone  bool
	others []string // taints that the policies of other servers set
}

// NeedsSession reports whether decisions depend on earlier calls or calls set taints.
func (p *Policy) NeedsSession() bool { return p.sessional }

// TaintWindow returns how long a taint stays on the identity that set it.
func (p *Policy) TaintWindow() time.Duration { return cmp.Or(p.session.window, DefaultTaintWindow) }

// TaintsIdentity reports whether a taint of one session counts in the others of the same identity.
func (p *Policy) TaintsIdentity() bool { return !p.session.alone }

// TaskKeeps are the taints by value of all tools. The result of a task does not name its tool.
func (p *Policy) TaskKeeps() (keeps []string) {
	for _, e := range p.entries(Tool) {
		keeps = union(keeps, e.keeps)
	}
	return keeps
}

// Orders reports whether a condition depends on earlier calls of a tool.
func (p *Policy) Orders(tool string) bool {
	return slices.ContainsFunc(p.orders, func(earlier pattern) bool { return earlier.matches(tool) })
}

// After returns the session after successful calls of tools, with their taints. It is for tests and
// explanations, and does not check whether the calls are allowed.
func (p *Policy) After(tools ...string) *Session {
	s := &Session{Called: tools}
	for _, tool := range tools {
		p.sections[Tool].matching(tool, func(e *entry) bool { s.Taints = union(s.Taints, e.taints); return true })
		if p.all != nil {
			s.Taints = union(s.Taints, p.all.taints)
		}
	}
	return s
}

// union returns the sorted names of both lists.
func union(a, b []string) []string {
	if len(b) == 0 {
		return a
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// tainted is true if an earlier call has tainted the session.
type tainted string

func (t tainted) eval(c *Call) truth {
	return c.inSession(func(s *Session) bool { return slices.Contains(s.Taints, string(t)) })
}

// inSession returns what holds of the session of a call, unknown without one.
func (c *Call) inSession(holds func(*Session) bool) truth {
	if c.Session == nil {
		return unknown
	}
	return truthOf(holds(c.Session))
}

func (t tainted) String() string { return "the session is tainted " + string(t) }

// carries is true if what is sent has a secret that an earlier call returned.
type carries string

func (t carries) eval(c *Call) truth {
	return c.inSession(func(s *Session) bool { return s.Carries != nil && s.Carries(string(t), c.sent()) })
}

func (t carries) String() string { return "an argument has a secret of " + string(t) }

// after is true if a call of a tool has succeeded in the session.
type after pattern

func (a after) eval(c *Call) truth {
	return c.inSession(func(s *Session) bool { return slices.ContainsFunc(s.Called, pattern(a).matches) })
}

func (a after) String() string { return "the session has called " + string(a) + " with success" }

// taintName matches valid names of taints.
var taintName = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

// taint reads the name of a taint, or returns "" if it is wrong.
func (l *loader) taint(v value) string {
	if v.Kind != yaml.ScalarNode || v.ShortTag() != "!!str" || !taintName.MatchString(v.Value) {
		l.wrong(v, "a taint has a name of letters, digits, _, . and -, at most 64, not %s", kindText(v))
		return ""
	}
	l.policy.sessional = true
	return v.Value
}

// oneOrMore calls read with a single value or with each element of a list.
func (l *loader) oneOrMore(v value, what string, read func(value)) {
	switch {
	case v.Kind != yaml.SequenceNode:
		read(v)
	case len(v.Content) == 0:
		l.wrong(v, "the list of %s is empty", what)
	default:
		l.items(v, what, read)
	}
}

// taints reads "taints" of an entry: names, and those of taints by value.
func (l *loader) taints(v value) (names, keeps []string) {
	l.oneOrMore(v, "taints", func(v value) {
		if v.Kind == yaml.MappingNode {
			before := len(keeps)
			l.object(v, "a taint by value", field{"secrets", func(v value) { keeps = append(keeps, l.taint(v)) }})
			if len(keeps) == before {
				l.wrong(v, "a taint by value is written {secrets: NAME}")
			}
			return
		}
		name := l.taint(v)
		if slices.Contains(names, name) && name != "" {
			l.wrong(v, "the taint %s stands there twice", name)
		}
		names = append(names, name)
	})
	slices.Sort(names)
	keeps = union(nil, keeps)
	l.setTaints = append(l.setTaints, names...)
	l.setKeeps = append(l.setKeeps, keeps...)
	return names, keeps
}

// testTaint reads the condition "tainted".
func (l *loader) testTaint(v value) condition {
	name := l.taint(v)
	if name == "" {
		return nil
	}
	l.asks = append(l.asks, ask{v, name, asksTaint})
	return tainted(name)
}

// testSecrets reads the condition "carries".
func (l *loader) testSecrets(v value) condition {
	name := l.taint(v)
	if name == "" {
		return nil
	}
	l.asks = append(l.asks, ask{v, name, asksSecrets})
	l.policy.sent = append(l.policy.sent, rule{pointer: v.at, cond: carries(name)})
	return carries(name)
}

// testOrder reads the condition "after".
func (l *loader) testOrder(v value) condition {
	name := l.text(v, "after")
	if name == "" {
		return nil
	}
	l.asks = append(l.asks, ask{v, name, asksOrder})
	l.policy.orders = append(l.policy.orders, pattern(name))
	l.policy.sessional = true
	return after(name)
}

// order reads "after" of an entry: conditions that its calls must meet.
func (l *loader) order(v value, name pattern) (rules []rule) {
	l.oneOrMore(v, "tools in after", func(v value) {
		if v.Value == string(name) && !name.isGlob() {
			l.wrong(v, "%s would have to be called before it is called", kindText(v))
		}
		if c := l.testOrder(v); c != nil {
			rules = append(rules, rule{pointer: v.at, cond: c})
		}
	})
	return rules
}

// ask is a condition on the session that some call must be able to meet.
type ask struct {
	value
	name string
	what asked
}

// asked is the subject of a condition on the session.
type asked uint8

const (
	asksOrder asked = iota
	asksTaint
	asksSecrets
)

// checkAsks reports conditions on the session that no call can meet: most are misspelled.
func (l *loader) checkAsks() {
	for _, a := range l.asks {
		if set, how := l.setTaints, a.name; a.what != asksOrder {
			if a.what == asksSecrets {
				set, how = l.setKeeps, "{secrets: "+a.name+"}"
			}
			if !slices.Contains(set, a.name) && !slices.Contains(l.policy.session.others, a.name) {
				l.wrong(a.value, "nothing in the policy taints %q: write taints: %s where it comes from, or name it in session: {other_taints: […]}", a.name, how)
			}
			continue
		}
		if !strings.Contains(a.name, "*") && !l.policy.mayAllow(a.name) {
			l.wrong(a.value, "the policy allows no call of the tool %q, so that nothing can come after it", a.name)
		}
	}
}

// mayAllow reports whether some call of a tool may be allowed.
func (p *Policy) mayAllow(tool string) bool {
	denied := false
	p.sections[Tool].matching(tool, func(e *entry) bool { denied = e.deny; return !denied })
	return !denied && p.Lists(Tool, tool) && (p.all == nil || !p.all.deny)
}

// sessionRules reads "session" of a policy.
func (l *loader) sessionRules(v value) {
	s := &l.policy.session
	l.object(v, "session",
		field{"taint_window", func(v value) { s.window = l.window(v) }},
		field{"taint_scope", func(v value) { s.alone = l.choice(v, "taint_scope", "identity", "session") == "session" }},
		field{"other_taints", func(v value) {
			l.items(v, "other_taints", func(v value) { s.others = append(s.others, l.taint(v)) })
		}},
	)
}
