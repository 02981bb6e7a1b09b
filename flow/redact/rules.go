package redact

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Rule is a rule of one's own: exactly one of its fields is set. See [Compile].
type Rule struct {
	// Header is the name of a header whose values go.
	Header string `yaml:"header"`
	// JSON is the path of values in JSON bodies that go: $.user.name, $.items[*].note, $..ssn. Everything
	// below goes with it.
	JSON string `yaml:"json"`
	// Name is the name of a query, form or JSON value, or of a cookie, that goes; case does not matter.
	Name string `yaml:"name"`
	// Regexp is a regular expression (RE2) of text that goes, wherever it stands; with a group, only what the
	// group matches.
	Regexp string `yaml:"regexp"`
}

// Rules are rules of one's own, compiled. The zero value has none.
type Rules struct{ ruleSet }

type ruleSet struct {
	headers map[string]bool
	names   map[string]bool
	paths   [][]step
	regexps []*regexp.Regexp
}

// Compile compiles rules; an error names the first that is wrong.
func Compile(rules []Rule) (Rules, error) {
	rs := Rules{ruleSet{headers: map[string]bool{}, names: map[string]bool{}}}
	for i, r := range rules {
		if err := rs.add(r); err != nil {
			return Rules{}, fmt.Errorf("redact: rule %d: %w", i+1, err)
		}
	}
	return rs, nil
}

func (rs *ruleSet) add(r Rule) error {
	n := 0
	for _, s := range []string{r.Header, r.JSON, r.Name, r.Regexp} {
		if s != "" {
			n++
		}
	}
	if n != 1 {
		return errors.New("must have one of header, json, name and regexp")
	}
	switch {
	case r.Header != "":
		rs.headers[strings.ToLower(r.Header)] = true
	case r.JSON != "":
		p, err := parsePath(r.JSON)
		if err != nil {
			return fmt.Errorf("json %q: %w", r.JSON, err)
		}
		rs.paths = append(rs.paths, p)
	case r.Name != "":
		rs.names[strings.ToLower(r.Name)] = true
		rs.paths = append(rs.paths, []step{{deep: true, name: strings.ToLower(r.Name)}})
	default:
		re, err := regexp.Compile(r.Regexp)
		if err != nil {
			return fmt.Errorf("regexp %q: %w", r.Regexp, err)
		}
		if re.MatchString("") {
			return fmt.Errorf("regexp %q: matches the empty text", r.Regexp)
		}
		rs.regexps = append(rs.regexps, re)
	}
	return nil
}

func (rs *ruleSet) hasPaths() bool   { return len(rs.paths) > 0 }
func (rs *ruleSet) hasRegexps() bool { return len(rs.regexps) > 0 }

// class returns the class of a name of a query, form or cookie value, rules of one's own included.
func (rs *ruleSet) class(name string) Class {
	if len(rs.names) > 0 && rs.names[strings.ToLower(name)] {
		return Secret
	}
	return ClassOf(name)
}

// text applies the regular expressions, outside placeholders.
func (rs *ruleSet) text(r *Redactor, s string) string {
	for _, re := range rs.regexps {
		var b strings.Builder
		from := 0
		for from <= len(s) {
			m := re.FindStringSubmatchIndex(s[from:])
			if m == nil {
				break
			}
			start, end := m[0], m[1]
			if len(m) > 2 && m[2] >= 0 {
				start, end = m[2], m[3]
			}
			start, end = start+from, end+from
			if k, n := markAround(s, start, end); n > 0 || end == start {
				next := max(k+n, end, from+1)
				next = min(next, len(s))
				b.WriteString(s[from:next])
				if next == from {
					break
				}
				from = next
				continue
			}
			b.WriteString(s[from:start])
			b.WriteString(r.placeholder(s[start:end]))
			from = end
		}
		s = b.String() + s[min(from, len(s)):]
	}
	return s
}

// markAround returns where a placeholder starts that overlaps s[start:end], and its length.
func markAround(s string, start, end int) (int, int) {
	for k := max(0, start-len(markStart)-hashLen-8); k < end; k++ {
		if s[k] == '[' {
			if n := markLen(s[k:]); n > 0 && k+n > start {
				return k, n
			}
		}
	}
	return 0, 0
}

// step is one step of a JSON path.
type step struct {
	deep bool   // at any depth
	any  bool   // [*] or .*
	name string // member, lower case; or an index in decimal
}

// parsePath reads the part of JSONPath (RFC 9535) that names places: members, indexes, * and "..".
func parsePath(s string) ([]step, error) {
	rest, ok := strings.CutPrefix(s, "$")
	if !ok {
		return nil, errors.New("must start with $")
	}
	var out []step
	for rest != "" {
		var st step
		if after, ok := strings.CutPrefix(rest, ".."); ok {
			st.deep, rest = true, "."+after
			if strings.HasPrefix(after, "[") {
				rest = after
			}
		}
		switch {
		case strings.HasPrefix(rest, "['"), strings.HasPrefix(rest, `["`):
			end := strings.Index(rest[2:], rest[1:2]+"]")
			if end < 0 {
				return nil, errors.New("unclosed bracket")
			}
			st.name, rest = rest[2:2+end], rest[4+end:]
		case strings.HasPrefix(rest, "["):
			in, after, ok := strings.Cut(rest[1:], "]")
			if !ok {
				return nil, errors.New("unclosed bracket")
			}
			if _, err := strconv.ParseUint(in, 10, 32); err != nil && in != "*" {
				return nil, fmt.Errorf("index %q: must be a number, * or a quoted name", in)
			}
			st.name, st.any, rest = in, in == "*", after
		case strings.HasPrefix(rest, "."):
			end := strings.IndexAny(rest[1:], ".[")
			if end < 0 {
				end = len(rest) - 1
			}
			st.name, rest = rest[1:1+end], rest[1+end:]
			st.any = st.name == "*"
		default:
			return nil, fmt.Errorf("unexpected %q", rest[:1])
		}
		if st.name == "" {
			return nil, errors.New("empty name")
		}
		st.name = strings.ToLower(st.name)
		out = append(out, st)
	}
	if len(out) == 0 {
		return nil, errors.New("names the whole body")
	}
	return out, nil
}

// pushPath adds the value that comes next to the path.
func (w *jsonWalk) pushPath() {
	if len(w.stack) > 0 {
		w.path = append(w.path, w.element())
	}
}

func (w *jsonWalk) element() string {
	f := w.stack[len(w.stack)-1]
	if f.array {
		return strconv.Itoa(f.index)
	}
	return strings.ToLower(unquote([]byte(`"` + string(w.name) + `"`)))
}

// hitsPath says whether a rule names the value that comes next, or something above it.
func (w *jsonWalk) hitsPath() bool {
	if len(w.stack) == 0 {
		return false
	}
	path := append(w.path[:len(w.path):len(w.path)], w.element())
	for _, p := range w.r.rules.paths {
		if matchPath(p, path) {
			return true
		}
	}
	return false
}

// matchPath says whether steps lead to path or to something above it.
func matchPath(steps []step, path []string) bool {
	if len(steps) == 0 {
		return true
	}
	if len(path) == 0 {
		return false
	}
	if (steps[0].any || steps[0].name == path[0]) && matchPath(steps[1:], path[1:]) {
		return true
	}
	return steps[0].deep && matchPath(steps, path[1:])
}
