package rules

import (
	"errors"
	"strconv"
	"strings"

	"github.com/ohler55/ojg/jp"
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
	if !strings.HasPrefix(s, "$") {
		return nil, errors.New("must start with $")
	}
	x, err := jp.ParseString(s)
	if err != nil {
		return nil, err
	}
	var out Path
	anyDepth := false
	for _, f := range x[1:] {
		st := step{anyDepth: anyDepth}
		switch f := f.(type) {
		case jp.Descent:
			anyDepth = true
			continue
		case jp.Child:
			st.name = strings.ToLower(string(f))
		case jp.Nth:
			if st.name = strconv.Itoa(int(f)); f < 0 {
				return nil, errors.New("counts from the end")
			}
		case jp.Wildcard:
			st.wildcard = true
		default:
			return nil, errors.New("must have nothing but names, indexes, wildcards and descents")
		}
		out, anyDepth = append(out, st), false
	}
	if len(out) == 0 || anyDepth {
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
	return (p[0].wildcard || p[0].name == at[0]) && p[1:].Selects(at[1:]) || p[0].anyDepth && p.Selects(at[1:])
}
