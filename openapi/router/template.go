package router

import (
	"errors"
	"net/url"
	"strings"

	"github.com/spectap/spectap/internal/lazyregexp"
)

var parameter = lazyregexp.New(`\{([^}]*)\}`)

// TemplateNames returns the parameters of a path template in order.
func TemplateNames(template string) []string {
	var out []string
	for _, m := range parameter.Get().FindAllStringSubmatch(template, -1) {
		out = append(out, m[1])
	}
	return out
}

// TemplateShape returns a path template without the names of its parameters: "/a/{id}" is "/a/{}".
// OpenAPI does not allow two templates of one shape.
func TemplateShape(template string) string {
	return parameter.Get().ReplaceAllLiteralString(template, "{}")
}

// pattern is a decoded segment of a template: literals[0] {names[0]} literals[1] …
type pattern struct {
	literals []string
	names    []string
	multi    bool // one parameter that may match several segments
}

// key identifies patterns that match the same segments.
func (p pattern) key() string {
	k := strings.Join(p.literals, "\x00")
	if p.multi {
		k += "\x00/"
	}
	return k
}

// parseSegment reads a segment of a template. spanning are the parameters that may match several
// segments.
func parseSegment(s string, spanning map[string]bool) (pattern, error) {
	var p pattern
	for {
		lit, rest, ok := strings.Cut(s, "{")
		if strings.Contains(lit, "}") {
			return p, errors.New("} without {")
		}
		d, err := url.PathUnescape(lit)
		if err != nil {
			d = lit // a stray % is literal
		}
		p.literals = append(p.literals, d)
		if !ok {
			break
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			return p, errors.New("{ without }")
		}
		p.names, s = append(p.names, name), after
	}
	p.multi = len(p.names) == 1 && p.literals[0] == "" && p.literals[1] == "" && spanning[p.names[0]]
	return p, nil
}

// weight is how specific a pattern is: it grows with its literal bytes.
func (p pattern) weight() int {
	n := 0
	for _, l := range p.literals {
		n += 2 * len(l)
	}
	if p.multi {
		n--
	}
	return n
}

// match returns the raw values of the pattern's parameters in a segment. Each value is as short as
// possible, but not empty.
func (p pattern) match(t segment) ([]string, bool) {
	s := t.decoded
	if !strings.HasPrefix(s, p.literals[0]) {
		return nil, false
	}
	at, values := len(p.literals[0]), make([]string, 0, len(p.names))
	for i := range p.names {
		lit := p.literals[i+1]
		end := len(s) - len(lit)
		if i < len(p.names)-1 {
			if at+1 > len(s) {
				return nil, false
			}
			k := strings.Index(s[at+1:], lit)
			if k < 0 {
				return nil, false
			}
			end = at + 1 + k
		} else if !strings.HasSuffix(s, lit) {
			return nil, false
		}
		if end <= at {
			return nil, false
		}
		values = append(values, t.cut(at, end))
		at = end + len(lit)
	}
	return values, true
}
