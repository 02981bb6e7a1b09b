package jsonschema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	engine "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// maxListed bounds the values of an enum that a reason lists.
const maxListed = 12

// reason says which rule a value breaks. It quotes the schema, never the value.
func reason(k engine.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return fmt.Sprintf("must be %s, not %s", typeNames(k.Want), withArticle(k.Got))
	case *kind.Enum:
		if len(k.Want) == 0 {
			return "is not allowed: its enum has no values"
		}
		return "must be one of " + quoteAll(k.Want)
	case *kind.Const:
		return "must be " + quoteAll([]any{k.Want})
	case *kind.Format:
		return "must be " + describeFormat(k.Want)
	case *kind.Pattern:
		return "does not match the pattern " + clip(k.Want, 200)
	case *kind.DependentRequired:
		return fmt.Sprintf("needs %s because it has %s", strings.Join(k.Missing, ", "), k.Prop)
	case *kind.Not:
		return "matches a schema that it must not match"
	case *kind.FalseSchema:
		return "is not allowed here"
	case *kind.UniqueItems:
		return fmt.Sprintf("has equal items at %d and %d", k.Duplicates[0], k.Duplicates[1])
	case *kind.Contains, *kind.MinContains:
		return "has too few items of the kind that it must contain"
	case *kind.MaxContains:
		return "has too many items of one kind"
	}
	if s := boundReason(k); s != "" {
		return s
	}
	return "does not match the schema"
}

// boundReason says which bound a value breaks; "" for rules that are not bounds.
func boundReason(k engine.ErrorKind) string {
	atLeast := func(got, want int, of string) string {
		return fmt.Sprintf("has %d %s, at least %d are needed", got, of, want)
	}
	atMost := func(got, want int, of string) string {
		return fmt.Sprintf("has %d %s, at most %d are allowed", got, of, want)
	}
	switch k := k.(type) {
	case *kind.MinLength:
		return atLeast(k.Got, k.Want, "characters")
	case *kind.MaxLength:
		return atMost(k.Got, k.Want, "characters")
	case *kind.MinItems:
		return atLeast(k.Got, k.Want, "items")
	case *kind.MaxItems:
		return atMost(k.Got, k.Want, "items")
	case *kind.MinProperties:
		return atLeast(k.Got, k.Want, "properties")
	case *kind.MaxProperties:
		return atMost(k.Got, k.Want, "properties")
	case *kind.Minimum:
		return "must be at least " + decimal(k.Want)
	case *kind.Maximum:
		return "must be at most " + decimal(k.Want)
	case *kind.ExclusiveMinimum:
		return "must be greater than " + decimal(k.Want)
	case *kind.ExclusiveMaximum:
		return "must be less than " + decimal(k.Want)
	case *kind.MultipleOf:
		return "must be a multiple of " + decimal(k.Want)
	}
	return ""
}

// maxFraction bounds the digits behind the point of a number in a reason.
const maxFraction = 40

// decimal writes a number of a schema as a decimal fraction: 0.5, not 1/2.
func decimal(r *big.Rat) string {
	if n, exact := r.FloatPrec(); exact && n <= maxFraction {
		return r.FloatString(n)
	}
	return r.RatString()
}

func describeFormat(name string) string {
	switch name {
	case "date-time":
		return "a date and time as in RFC 3339, such as 2026-01-31T12:00:00Z"
	case "date":
		return "a date such as 2026-01-31"
	case "int32", "int64":
		return "a whole number of " + name[3:] + " bits"
	case "byte":
		return "base64"
	}
	return "of the format " + clip(name, maxName)
}

// quoteAll writes values of a schema as JSON.
func quoteAll(values []any) string {
	var b strings.Builder
	for i, v := range values {
		if i == maxListed {
			fmt.Fprintf(&b, ", … (%d in all)", len(values))
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

// typeNames writes types with their articles, null last.
func typeNames(types []string) string {
	var out []string
	for _, t := range sortedTypes(types) {
		out = append(out, withArticle(t))
	}
	return strings.Join(out, " or ")
}

// sortedTypes returns the types sorted, each once, null last.
func sortedTypes(types []string) []string {
	out := slices.Compact(slices.Sorted(slices.Values(types)))
	if i := slices.Index(out, "null"); i >= 0 {
		out = append(slices.Delete(out, i, i+1), "null")
	}
	return out
}

func withArticle(typeName string) string {
	switch typeName {
	case "null":
		return "null"
	case "array", "integer", "object":
		return "an " + typeName
	}
	return "a " + typeName
}
