package guard

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// Problem is one thing wrong with a call's arguments. It names the place and the rule, never the value: values
// may be secrets.
type Problem struct {
	Field  string // such as "id" or "requestBody.items[0].name"; "" is the arguments themselves
	Reason string // such as "is required"
}

// String returns both.
func (p Problem) String() string {
	if p.Field == "" {
		return "the arguments: " + p.Reason
	}
	return p.Field + " " + p.Reason
}

const (
	maxProblems = 10
	maxListed   = 12 // values of an enum
	maxName     = 64 // characters of a name that came from the caller
)

// Under is the problem of a value that stands in a field.
func (p Problem) Under(field string) Problem {
	first, rest := p.Field, ""
	if i := strings.IndexAny(first, ".["); i >= 0 {
		first, rest = first[:i], first[i:]
	}
	if first == "" {
		p.Field = field + rest
	} else {
		p.Field = join(field, first) + rest
	}
	return p
}

// problems flattens what the validator found, in the order of the fields.
func problems(ve *jsonschema.ValidationError) []Problem {
	var out []Problem
	leaves(ve, &out)
	slices.SortStableFunc(out, func(a, b Problem) int {
		return strings.Compare(a.Field+"\x00"+a.Reason, b.Field+"\x00"+b.Reason)
	})
	out = slices.Compact(out)
	if len(out) > maxProblems {
		out = out[:maxProblems]
	}
	if len(out) == 0 {
		out = []Problem{{Reason: "are not what the schema asks for"}}
	}
	return out
}

func leaves(ve *jsonschema.ValidationError, out *[]Problem) {
	field := place(ve.InstanceLocation)
	switch k := ve.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		if one, ok := k.(*kind.OneOf); ok && len(one.Subschemas) > 1 {
			*out = append(*out, Problem{field, "fits more than one of the forms that exclude each other"})
			return
		}
		if best := closest(ve.Causes); best != nil {
			leaves(best, out)
			return
		}
		*out = append(*out, Problem{field, "fits none of the allowed forms"})
		return
	case *kind.Required:
		for _, name := range k.Missing {
			*out = append(*out, Problem{join(field, name), "is required"})
		}
		return
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			*out = append(*out, Problem{join(field, name), "is not an argument here"})
		}
		return
	}
	if len(ve.Causes) > 0 {
		for _, c := range ve.Causes {
			leaves(c, out)
		}
		return
	}
	*out = append(*out, Problem{field, reason(ve.ErrorKind)})
}

// closest picks the alternative that the value was most likely meant for: one whose type fits, with the
// fewest problems.
func closest(causes []*jsonschema.ValidationError) *jsonschema.ValidationError {
	var best *jsonschema.ValidationError
	bestCost := 0
	for _, c := range causes {
		cost := cost(c, len(c.InstanceLocation))
		if best == nil || cost < bestCost {
			best, bestCost = c, cost
		}
	}
	return best
}

func cost(ve *jsonschema.ValidationError, depth int) int {
	if len(ve.Causes) == 0 {
		switch k := ve.ErrorKind.(type) {
		case *kind.Type:
			if len(ve.InstanceLocation) == depth {
				return 1000
			}
			return 10
		case *kind.Required:
			return 10 * len(k.Missing)
		case *kind.AdditionalProperties:
			return 10 * len(k.Properties)
		case *kind.Const, *kind.Enum:
			return 30 // most often the tag that tells the alternatives apart
		}
		return 10
	}
	sum := 0
	for _, c := range ve.Causes {
		sum += cost(c, depth)
	}
	return sum
}

func reason(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return fmt.Sprintf("must be %s, not %s", words(k.Want, " or "), article(k.Got))
	case *kind.Enum:
		return "must be one of " + values(k.Want)
	case *kind.Const:
		return "must be " + values([]any{k.Want})
	case *kind.Format:
		return "must be " + formatName(k.Want)
	case *kind.Pattern:
		return "does not match the pattern " + clip(k.Want, 200)
	case *kind.MinLength:
		return fmt.Sprintf("has %d characters, at least %d are needed", k.Got, k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("has %d characters, at most %d are allowed", k.Got, k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("has %d items, at least %d are needed", k.Got, k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("has %d items, at most %d are allowed", k.Got, k.Want)
	case *kind.MinProperties:
		return fmt.Sprintf("has %d members, at least %d are needed", k.Got, k.Want)
	case *kind.MaxProperties:
		return fmt.Sprintf("has %d members, at most %d are allowed", k.Got, k.Want)
	case *kind.Minimum:
		return "must be at least " + k.Want.RatString()
	case *kind.Maximum:
		return "must be at most " + k.Want.RatString()
	case *kind.ExclusiveMinimum:
		return "must be greater than " + k.Want.RatString()
	case *kind.ExclusiveMaximum:
		return "must be less than " + k.Want.RatString()
	case *kind.MultipleOf:
		return "must be a multiple of " + k.Want.RatString()
	case *kind.UniqueItems:
		return fmt.Sprintf("has equal items at %d and %d", k.Duplicates[0], k.Duplicates[1])
	case *kind.PropertyNames:
		return "has a member with a name that is not allowed"
	case *kind.DependentRequired:
		return fmt.Sprintf("needs %s because of %s", strings.Join(k.Missing, ", "), k.Prop)
	case *kind.Not:
		return "is what is not allowed here"
	case *kind.FalseSchema:
		return "is not allowed here"
	case *kind.Contains, *kind.MinContains:
		return "lacks an item that is needed"
	case *kind.MaxContains:
		return "has too many items of one kind"
	}
	return "is not what the schema asks for"
}

func formatName(f string) string {
	switch f {
	case "date-time":
		return "a date and time as in RFC 3339, such as 2026-01-31T12:00:00Z"
	case "date":
		return "a date such as 2026-01-31"
	case "int32", "int64":
		return "a whole number of " + f[3:] + " bits"
	case "byte":
		return "base64"
	}
	return "of the format " + clip(f, maxName)
}

// values writes constants of a schema, which are no secrets.
func values(vs []any) string {
	var b strings.Builder
	for i, v := range vs {
		if i == maxListed {
			fmt.Fprintf(&b, ", … (%d in all)", len(vs))
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		j, err := json.Marshal(v)
		if err != nil {
			j = []byte("?")
		}
		b.WriteString(clip(string(j), 100))
	}
	return b.String()
}

func words(kinds []string, or string) string {
	kinds = slices.SortedFunc(slices.Values(kinds), func(a, b string) int { // null last
		return cmp.Or(cmp.Compare(btoi(a == "null"), btoi(b == "null")), strings.Compare(a, b))
	})
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = article(k)
	}
	return strings.Join(out, or)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func article(kind string) string {
	switch kind {
	case "null":
		return "null"
	case "array", "integer", "object":
		return "an " + kind
	}
	return "a " + kind
}

// place writes where a value stands: a.b[0].
func place(location []string) string {
	field := ""
	for _, part := range location {
		field = join(field, part)
	}
	return field
}

// join adds one step to a place. An index is a step too: members of objects that look like one read the same.
func join(field, part string) string {
	if field != "" {
		if _, err := strconv.ParseUint(part, 10, 31); err == nil {
			return field + "[" + part + "]"
		}
		field += "."
	}
	return field + clip(printable(part), maxName)
}

// printable takes out of a caller's own names what could forge text around them.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// DecodeBase64 decodes base64 of either alphabet, padded or not; line breaks are taken out.
func DecodeBase64(s string) ([]byte, error) {
	s = strings.NewReplacer("\r", "", "\n", "", "-", "+", "_", "/").Replace(s)
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
}
