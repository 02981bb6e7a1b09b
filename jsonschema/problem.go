package jsonschema

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	engine "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// Problem is one fault of a value, as reported to the sender of the value. It names the field and
// the rule, never the value: values may be secrets.
type Problem struct {
	Field  string // such as "id" or "requestBody.items[0].name"; "" is the root
	Reason string // such as "is required"
	Kind   ProblemKind
}

// ProblemKind is the kind of a field's fault.
type ProblemKind uint8

// The kinds of problems.
const (
	InvalidValue  ProblemKind = iota
	MissingMember             // the field is required
	UnknownMember             // the schema has no such field
)

// String returns both.
func (p Problem) String() string {
	if p.Field == "" {
		return "the arguments: " + p.Reason
	}
	return p.Field + " " + p.Reason
}

const (
	maxProblems = 10
	maxName     = 64 // characters of a name that came from the caller
)

// Problems explains an error of [Schema.Validate] to the sender of the value: at most 10 problems,
// sorted by field. Reasons quote the schema's own values. It returns nil for a nil error.
func Problems(err error) []Problem {
	if err == nil {
		return nil
	}
	var v *ValidationError
	if errors.Is(err, ErrTooMuch) {
		return []Problem{{Reason: err.Error() + ". Send a smaller value"}}
	}
	if !errors.As(err, &v) {
		return []Problem{{Reason: "cannot be checked"}}
	}
	var out []Problem
	collectProblems(v.tree, &out)
	// The library visits properties in random order.
	slices.SortStableFunc(out, func(a, b Problem) int {
		return strings.Compare(a.Field+"\x00"+a.Reason, b.Field+"\x00"+b.Reason)
	})
	out = slices.Compact(out)
	if len(out) == 0 {
		return []Problem{{Reason: "do not match the schema"}}
	}
	return out[:min(len(out), maxProblems)]
}

// collectProblems appends the leaves of an error tree. Of alternatives it descends into one.
func collectProblems(e *engine.ValidationError, out *[]Problem) {
	field := fieldOf(e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		if one, ok := k.(*kind.OneOf); ok && len(one.Subschemas) > 1 {
			*out = append(*out, Problem{Field: field, Reason: "matches more than one of the alternatives, of which it must match one"})
			return
		}
		if best := closest(e); best != nil {
			collectProblems(best, out)
			return
		}
		*out = append(*out, Problem{Field: field, Reason: "matches none of the alternatives"})
		return
	case *kind.Required:
		for _, name := range k.Missing {
			*out = append(*out, Problem{joinField(field, name), "is required", MissingMember})
		}
		return
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			*out = append(*out, Problem{joinField(field, name), "is not an argument here", UnknownMember})
		}
		return
	case *kind.PropertyNames: // the causes are problems of the name, which has no place of its own
		var ofName []Problem
		for _, c := range e.Causes {
			collectProblems(c, &ofName)
		}
		for _, p := range ofName {
			*out = append(*out, Problem{Field: joinField(field, k.Property), Reason: "is a name that " + p.Reason})
		}
		return
	}
	if len(e.Causes) > 0 {
		for _, c := range e.Causes {
			collectProblems(c, out)
		}
		return
	}
	*out = append(*out, Problem{Field: field, Reason: reason(e.ErrorKind)})
}

// closest returns the alternative that the sender most likely meant: one whose type fits, with the
// fewest problems.
func closest(e *engine.ValidationError) *engine.ValidationError {
	var best *engine.ValidationError
	bestCost := 0
	for _, c := range e.Causes {
		cost := distance(c, len(e.InstanceLocation))
		if best == nil || cost < bestCost {
			best, bestCost = c, cost
		}
	}
	return best
}

// distance weighs how far a value is from an alternative that is tried at the given depth.
func distance(e *engine.ValidationError, depth int) int {
	switch e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		if best := closest(e); best != nil {
			return distance(best, depth)
		}
	}
	if len(e.Causes) > 0 {
		sum := 0
		for _, c := range e.Causes {
			sum += distance(c, depth)
		}
		return sum
	}
	switch k := e.ErrorKind.(type) {
	case *kind.Type:
		if len(e.InstanceLocation) == depth {
			return 1000
		}
	case *kind.Required:
		return 10 * len(k.Missing)
	case *kind.AdditionalProperties:
		return 10 * len(k.Properties)
	case *kind.Const, *kind.Enum:
		return 30 // most often the tag of the alternatives
	}
	return 10
}

// fieldOf writes a location as a field: a.b[0].
func fieldOf(location []string) string {
	var b strings.Builder
	for _, token := range location {
		writeField(&b, token)
	}
	return b.String()
}

// joinField adds a token to a field. Digits become an index, also where they are the name of a
// member.
func joinField(field, token string) string {
	var b strings.Builder
	b.WriteString(field)
	writeField(&b, token)
	return b.String()
}

func writeField(b *strings.Builder, token string) {
	if b.Len() > 0 {
		if _, err := strconv.ParseUint(token, 10, 31); err == nil {
			b.WriteString("[" + token + "]")
			return
		}
		b.WriteByte('.')
	}
	b.WriteString(clip(printable(token), maxName))
}

// printable replaces characters by which the caller's own names could forge the text around them.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}

// clip shortens s to n characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
