package jsonschema

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	engine "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// Violation is one fault of a value, as reported to a third party. It reveals nothing about the
// value but its type.
type Violation struct {
	// Pointer is the JSON Pointer (RFC 6901) of the value. Every index is written as 0. A name that
	// the reader may not see is "*".
	Pointer string
	Message string // such as "want integer, got string"
}

// maxViolations bounds the violations of one value.
const maxViolations = 20

// Violations explains an error of [Schema.Validate] to a third party, who may see the names in
// names but no others: at most 20 violations, each once, sorted by pointer. It returns nil for a
// nil error.
func Violations(err error, names map[string]bool) []Violation {
	if err == nil {
		return nil
	}
	var v *ValidationError
	if errors.Is(err, ErrTooMuch) {
		return []Violation{{"", ErrTooMuch.Error()}}
	}
	if !errors.As(err, &v) {
		return []Violation{{"", "does not match the schema"}}
	}
	c := &violations{names: names, seen: map[Violation]bool{}}
	c.collect(v.tree)
	// The library visits properties in random order.
	slices.SortFunc(c.out, func(a, b Violation) int {
		return cmp.Or(strings.Compare(a.Pointer, b.Pointer), strings.Compare(a.Message, b.Message))
	})
	return c.out[:min(len(c.out), maxViolations)]
}

// violations collects the leaves of an error tree.
type violations struct {
	names map[string]bool
	seen  map[Violation]bool
	out   []Violation
}

// collect adds the leaves of an error tree. Of alternatives it descends into one, if only one fits
// the value's type.
func (c *violations) collect(e *engine.ValidationError) {
	switch k := e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		if only := onlyOfType(e); only != nil {
			c.collect(only)
			return
		}
		if want, got := wantedTypes(e); got != "" {
			c.add(e.InstanceLocation, "want "+strings.Join(want, " or ")+", got "+got)
			return
		}
		c.add(e.InstanceLocation, "matches none of the alternatives, or more than one")
	case *kind.Required:
		for _, name := range k.Missing {
			c.add(append(slices.Clone(e.InstanceLocation), name), "the required property is missing")
		}
	case *kind.AdditionalProperties:
		c.add(e.InstanceLocation, "has a property that is not declared")
	case *kind.PropertyNames: // the causes are faults of the name
		c.add(e.InstanceLocation, "has a property whose name is not allowed")
	default:
		if len(e.Causes) == 0 {
			c.add(e.InstanceLocation, message(e.ErrorKind))
		}
		for _, cause := range e.Causes {
			c.collect(cause)
		}
	}
}

func (c *violations) add(location []string, message string) {
	var tokens []string
	for _, token := range location {
		if _, err := strconv.Atoi(token); err == nil {
			token = "0" // otherwise each item of a list would be a violation of its own
		} else if !c.names[token] {
			token = "*"
		}
		tokens = append(tokens, token)
	}
	v := Violation{jsonvalue.Pointer(tokens...), message}
	if !c.seen[v] {
		c.seen[v] = true
		c.out = append(c.out, v)
	}
}

// onlyOfType returns the only alternative that takes values of that type, or nil.
func onlyOfType(e *engine.ValidationError) *engine.ValidationError {
	var only *engine.ValidationError
	for _, c := range e.Causes {
		if isWrongType(c, len(e.InstanceLocation)) {
			continue
		}
		if only != nil {
			return nil
		}
		only = c
	}
	return only
}

// isWrongType reports whether an alternative takes no values of the type that the value at depth
// has.
func isWrongType(e *engine.ValidationError, depth int) bool {
	if len(e.InstanceLocation) != depth {
		return false
	}
	isWrong := func(c *engine.ValidationError) bool { return isWrongType(c, depth) }
	switch e.ErrorKind.(type) {
	case *kind.Type:
		return true
	case *kind.AnyOf, *kind.OneOf:
		return len(e.Causes) > 0 && !slices.ContainsFunc(e.Causes, func(c *engine.ValidationError) bool { return !isWrong(c) })
	case *kind.Reference, *kind.Group, *kind.Schema, *kind.AllOf:
		return slices.ContainsFunc(e.Causes, isWrong)
	}
	return false
}

// wantedTypes returns the types that the alternatives take if the value has none of them; got is ""
// otherwise.
func wantedTypes(e *engine.ValidationError) (want []string, got string) {
	for _, c := range e.Causes {
		if !isWrongType(c, len(e.InstanceLocation)) {
			return nil, ""
		}
		got = addTypes(c, len(e.InstanceLocation), &want)
	}
	return sortedTypes(want), got
}

// addTypes adds the types that an alternative takes, and returns that of the value at depth.
func addTypes(e *engine.ValidationError, depth int, want *[]string) (got string) {
	if k, ok := e.ErrorKind.(*kind.Type); ok {
		*want = append(*want, k.Want...)
		return k.Got
	}
	for _, c := range e.Causes {
		if isWrongType(c, depth) {
			got = addTypes(c, depth, want)
		}
	}
	return got
}

// message says which rule a value breaks. It quotes neither the value nor, as values of documents
// may be long, the schema.
func message(k engine.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return "want " + strings.Join(sortedTypes(k.Want), " or ") + ", got " + k.Got
	case *kind.Enum:
		if len(k.Want) == 1 {
			return "not the only value of the enum"
		}
		return fmt.Sprintf("not one of the %d values of the enum", len(k.Want))
	case *kind.Const:
		return "not the constant"
	case *kind.Format:
		return "not of format " + k.Want
	case *kind.Pattern:
		return "does not match the pattern"
	case *kind.FalseSchema:
		return "no value is allowed here"
	case *kind.MinItems, *kind.MaxItems:
		return "has a wrong number of items"
	case *kind.MinLength, *kind.MaxLength:
		return "has a wrong length"
	case *kind.Minimum, *kind.Maximum, *kind.ExclusiveMinimum, *kind.ExclusiveMaximum:
		return "out of range"
	case *kind.Not:
		return "matches a schema that it must not match"
	}
	if path := k.KeywordPath(); len(path) > 0 {
		return "violates " + path[0]
	}
	return "does not match the schema"
}
