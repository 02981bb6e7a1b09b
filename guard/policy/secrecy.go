package policy

import (
	"encoding/json"
	"slices"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/flow/redact"
)

// secrecy is true if arguments have a secret, or personal data, that redaction would hide.
type secrecy struct {
	personal bool
	path     *path // nil for all arguments
	redactor *redact.Redactor
}

func (s *secrecy) eval(c *Call) truth {
	if s.path == nil {
		return s.of(c.Args)
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

// of reports whether a value has a secret or personal data.
func (s *secrecy) of(v any) truth {
	text, err := json.Marshal(v)
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
		return s
	}
	p, err := parsePath(l.text(v, "secret and personal"))
	if err != nil || p.root != "args" {
		l.wrong(v, "secret and personal take any, or the path of an argument such as args.body, not %s", kindText(v))
		return nil
	}
	s.path = &p
	return s
}
