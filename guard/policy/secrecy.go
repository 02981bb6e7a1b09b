package policy

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/flow/redact"
)

// sent returns all that a call sends: the arguments, the name, such as the URI of a resource, and
// what is beside them.
func (c *Call) sent() []any {
	args := c.Args
	if c.Kind == Method && c.Beside != nil {
		args = nil // they are the parameters, and so is Beside
	}
	return []any{args, c.Name, c.Beside}
}

// decoded returns a value in which each percent-encoded string is a list of the string and its
// decoded form.
func decoded(v any) any {
	switch v := v.(type) {
	case string:
		if s, err := url.PathUnescape(v); err == nil && s != v {
			return []any{v, decoded(s)}
		}
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = decoded(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, e := range v {
			out[name] = decoded(e)
		}
		return out
	}
	return v
}

// LooksAtSent reports whether a condition depends on all that a message sends.
func (p *Policy) LooksAtSent() bool { return len(p.sent) > 0 }

// DecideSent decides on what a message sends that belongs to no entry, such as a completion, an
// answer to a question of the server or the cursor of a list. It must meet no condition on secrets
// or personal data that the policy has anywhere.
func (p *Policy) DecideSent(c *Call) Decision {
	for _, r := range p.sent {
		if r.cond.eval(c) != no {
			return Decision{Rule: r.pointer, Reason: "the policy denies calls where: " + strings.Replace(r.cond.String(), "an argument", "what the message sends", 1)}
		}
	}
	return Decision{Allowed: true, Rule: RuleDefaultAllow}
}

// secrecy is true if arguments have a secret, or personal data, that redaction would hide.
type secrecy struct {
	personal bool
	path     *path // nil for all arguments
	redactor *redact.Redactor
}

func (s *secrecy) eval(c *Call) truth {
	if s.path == nil {
		result := no
		for _, v := range c.sent() {
			result = combine(result, s.of(v), false)
		}
		return result
	}
	last, result := s.path.steps[len(s.path.steps)-1], no
	s.path.values(c, func(v any, f found) bool {
		t := no // an argument that is absent has none
		switch f {
		case isValue:
			if last.kind == member { // the name may show it
				v = map[string]any{last.name: v}
			}
			t = s.of(v)
		case isOther, isAmbiguous:
			t = unknown
		}
		result = combine(result, t, false)
		return result != yes
	})
	return result
}

// of reports whether a value has a secret or personal data, as written or percent-decoded.
func (s *secrecy) of(v any) truth {
	text, err := json.Marshal(decoded(v))
	if err != nil {
		return unknown
	}
	return truthOf(slices.ContainsFunc(s.redactor.Hidden(text), func(h redact.Hidden) bool { return h.IsPersonal == s.personal }))
}

func (s *secrecy) String() string {
	where, what := "an argument", "a secret"
	if s.path != nil {
		where = s.path.text
	}
	if s.personal {
		what = "personal data"
	}
	return where + " has " + what
}

// secrecy reads the conditions "secret" and "personal": any, or the path of an argument.
func (l *loader) secrecy(v value, personal bool) condition {
	s := &secrecy{personal: personal, redactor: redact.New(nil, redact.Config{})}
	if v.Kind == yaml.ScalarNode && v.Value == "any" {
		l.policy.sent = append(l.policy.sent, rule{pointer: v.at, cond: s})
		return s
	}
	p, err := parsePath(l.text(v, "secret and personal"))
	if err != nil || p.root != "args" {
		l.wrong(v, "secret and personal take any, or the path of an argument such as args.body, not %s", kindText(v))
		return nil
	}
	l.reach(v, &p)
	s.path = &p
	return s
}
