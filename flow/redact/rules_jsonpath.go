package redact

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// pathStep is one step of a JSON path.
type pathStep struct {
	anyDepth bool   // at any depth
	wildcard bool   // [*] or .*
	name     string // member in lower case, or index in decimal
}

// parsePath parses the subset of JSONPath (RFC 9535) that selects by members, indexes, * and "..".
func parsePath(s string) ([]pathStep, error) {
	rest, ok := strings.CutPrefix(s, "$")
	if !ok {
		return nil, errors.New("must start with $")
	}
	var out []pathStep
	for rest != "" {
		var st pathStep
		if after, ok := strings.CutPrefix(rest, ".."); ok {
			st.anyDepth, rest = true, "."+after
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
			st.name, st.wildcard, rest = in, in == "*", after
		case strings.HasPrefix(rest, "."):
			end := strings.IndexAny(rest[1:], ".[")
			if end < 0 {
				end = len(rest) - 1
			}
			st.name, rest = rest[1:1+end], rest[1+end:]
			st.wildcard = st.name == "*"
			if i := strings.IndexAny(st.name, `]'"`); i >= 0 {
				return nil, fmt.Errorf("unexpected %q", st.name[i:i+1])
			}
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

// pushPath adds the next value to the path.
func (w *jsonRedactor) pushPath() {
	if len(w.stack) > 0 {
		w.path = append(w.path, w.element())
	}
}

// element returns the name or index of the next value.
func (w *jsonRedactor) element() string {
	f := w.stack[len(w.stack)-1]
	if f.array {
		return strconv.Itoa(f.index)
	}
	return strings.ToLower(unquote([]byte(`"` + string(w.name) + `"`)))
}

// matchesRule reports whether a rule selects the next value or something above it.
func (w *jsonRedactor) matchesRule() bool {
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

// matchPath reports whether the steps select path or something above it.
func matchPath(steps []pathStep, path []string) bool {
	if len(steps) == 0 {
		return true
	}
	if len(path) == 0 {
		return false
	}
	if (steps[0].wildcard || steps[0].name == path[0]) && matchPath(steps[1:], path[1:]) {
		return true
	}
	return steps[0].anyDepth && matchPath(steps, path[1:])
}
