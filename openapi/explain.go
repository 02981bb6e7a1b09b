package openapi

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// maxFindings bounds what is told of one body: a wrong list would repeat itself for each element.
const maxFindings = 20

// finding is one fault of a value. It tells nothing of the value but its type.
type finding struct{ pointer, message string }

// explain tells what a validation error says, place by place. known are the names that may be told.
func explain(err error, known map[string]bool) []finding {
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return []finding{{"", "does not fit the schema"}}
	}
	e := &explainer{known: known, seen: map[finding]bool{}}
	e.walk(v)
	// The library goes through properties in no order.
	slices.SortFunc(e.out, func(a, b finding) int {
		return cmp.Or(strings.Compare(a.pointer, b.pointer), strings.Compare(a.message, b.message))
	})
	return e.out[:min(len(e.out), maxFindings)]
}

type explainer struct {
	known map[string]bool
	seen  map[finding]bool
	out   []finding
}

func (e *explainer) walk(v *jsonschema.ValidationError) {
	switch k := v.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		if one := likeliest(v); one != nil {
			e.walk(one)
			return
		}
		if want, got := typesWanted(v, len(v.InstanceLocation)); got != "" {
			e.add(v.InstanceLocation, "want "+strings.Join(want, " or ")+", got "+got)
			return
		}
		e.add(v.InstanceLocation, "fits none of the alternatives, or more than one")
	case *kind.Required:
		for _, name := range k.Missing {
			e.add(append(append([]string{}, v.InstanceLocation...), name), "the required property is missing")
		}
	case *kind.AdditionalProperties:
		e.add(v.InstanceLocation, "has a property that is not declared")
	default:
		if len(v.Causes) == 0 {
			e.add(v.InstanceLocation, message(v.ErrorKind))
		}
		for _, c := range v.Causes {
			e.walk(c)
		}
	}
}

func (e *explainer) add(at []string, message string) {
	var p strings.Builder
	for _, t := range at {
		if _, err := strconv.Atoi(t); err != nil && !e.known[t] {
			t = "*"
		} else if err == nil {
			t = "0" // one element stands for all: the number tells nothing, and each would be a finding
		}
		p.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(t))
	}
	f := finding{p.String(), message}
	if !e.seen[f] {
		e.seen[f] = true
		e.out = append(e.out, f)
	}
}

// likeliest is the one alternative that a value of that type was meant for; nil when several could be.
func likeliest(v *jsonschema.ValidationError) *jsonschema.ValidationError {
	var one *jsonschema.ValidationError
	for _, c := range v.Causes {
		if wrongType(c, len(v.InstanceLocation)) {
			continue
		}
		if one != nil {
			return nil
		}
		one = c
	}
	return one
}

// wrongType says whether the value at that depth is of another type than an alternative takes.
func wrongType(v *jsonschema.ValidationError, depth int) bool {
	if len(v.InstanceLocation) != depth {
		return false
	}
	if _, ok := v.ErrorKind.(*kind.Type); ok {
		return true
	}
	switch v.ErrorKind.(type) {
	case *kind.Reference, *kind.Group, *kind.Schema, *kind.AllOf:
		for _, c := range v.Causes {
			if wrongType(c, depth) {
				return true
			}
		}
	}
	return false
}

// typesWanted gathers the types that alternatives take, where the value is of none of them; got is "" otherwise.
func typesWanted(v *jsonschema.ValidationError, depth int) (want []string, got string) {
	for _, c := range v.Causes {
		if !wrongType(c, depth) {
			continue
		}
		if k, ok := c.ErrorKind.(*kind.Type); ok {
			want, got = append(want, k.Want...), k.Got
			continue
		}
		w, g := typesWanted(c, depth)
		want, got = append(want, w...), g
	}
	slices.Sort(want)
	want = slices.Compact(want)
	if i := slices.Index(want, "null"); i >= 0 && len(want) > 1 {
		want = append(slices.Delete(want, i, i+1), "null") // at the end, as an afterthought
	}
	if likeliest(v) != nil {
		return nil, ""
	}
	for _, c := range v.Causes {
		if !wrongType(c, depth) {
			return nil, ""
		}
	}
	return want, got
}

// message says what is wrong in the words of the document.
func message(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return "want " + strings.Join(k.Want, " or ") + ", got " + k.Got
	case *kind.Enum:
		return fmt.Sprintf("not one of the %d values of the enum", len(k.Want))
	case *kind.Const:
		return "not the constant"
	case *kind.Format:
		return "not of format " + k.Want
	case *kind.Pattern:
		return "does not match the pattern"
	case *kind.FalseSchema:
		return "nothing is admitted here"
	case *kind.MinItems, *kind.MaxItems:
		return "has a wrong number of elements"
	case *kind.MinLength, *kind.MaxLength:
		return "has a wrong length"
	case *kind.Minimum, *kind.Maximum, *kind.ExclusiveMinimum, *kind.ExclusiveMaximum:
		return "out of range"
	case *kind.Not:
		return "fits a schema that it must not fit"
	}
	if path := k.KeywordPath(); len(path) > 0 {
		return "breaks " + path[0]
	}
	return "does not fit the schema"
}

// tame says whether the numbers in v can be computed with.
func tame(v any) error {
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			if err := tame(x); err != nil {
				return err
			}
		}
	case []any:
		for _, x := range v {
			if err := tame(x); err != nil {
				return err
			}
		}
	case json.Number:
		if hugeExponent(string(v)) {
			return errHuge
		}
	}
	return nil
}

// hugeExponent says whether a number is written with an exponent beyond any use, ±9999.
func hugeExponent(s string) bool {
	i := strings.IndexAny(s, "eE")
	return i >= 0 && len(strings.TrimLeft(s[i+1:], "+-0")) > 4
}
