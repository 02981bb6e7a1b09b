package rules

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Path is a JSON path.
type Path []step

// step is one step of a JSON path.
type step struct {
	anyDepth bool   // at any depth
	wildcard bool   // [*] or .*
	name     string // member in lower case, or index in decimal
}

// AnyDepth returns the path of all members of a name, at any depth.
func AnyDepth(name string) Path { return Path{{anyDepth: true, name: strings.ToLower(name)}} }

// EndsIn reports whether the last name of the path, before indexes and wildcards, is this one in
// small letters.
func (p Path) EndsIn(name string) bool {
	for i := len(p) - 1; i >= 0; i-- {
		if st := p[i]; !st.wildcard && strings.Trim(st.name, "0123456789") != "" {
			return strings.ToLower(st.name) == name
		}
	}
	return false
}

// ParsePath parses the subset of JSONPath (RFC 9535) that selects by members, indexes, * and "..".
func ParsePath(s string) (Path, error) {
	rest, ok := strings.CutPrefix(s, "$")
	if !ok {
		return nil, errors.New("must start with $")
	}
	var out Path
	for rest != "" {
		var st step
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

// Selects reports whether p selects a value or something above it. at has the names and indexes
// that lead to the value, in small letters.
func (p Path) Selects(at []string) bool {
	if len(p) == 0 {
		return true
	}
	if len(at) == 0 {
		return false
	}
	if (p[0].wildcard || p[0].name == at[0]) && p[1:].Selects(at[1:]) {
		return true
	}
	return p[0].anyDepth && p.Selects(at[1:])
}
