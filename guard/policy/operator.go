package policy

import (
	"cmp"
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/jsonschema"
)

// operator compares a value of a call with one of the policy.
type operator string

const (
	opEq       operator = "eq"
	opNeq      operator = "neq"
	opIn       operator = "in"
	opNotIn    operator = "not_in"
	opLt       operator = "lt"
	opLte      operator = "lte"
	opGt       operator = "gt"
	opGte      operator = "gte"
	opMatches  operator = "matches"
	opContains operator = "contains"
	opBelow    operator = "below"
	opExists   operator = "exists"
)

// operators lists all operators, in the order of the documentation.
var operators = []operator{opEq, opNeq, opIn, opNotIn, opLt, opLte, opGt, opGte, opMatches, opContains, opBelow, opExists}

// operatorWords are the operators that people read in other words.
var operatorWords = map[operator]string{
	opEq: "is", opNeq: "is not", opIn: "is one of", opNotIn: "is none of", opLt: "<", opLte: "<=", opGt: ">", opGte: ">=", opBelow: "is a path below",
}

// String returns the operator in words.
func (o operator) String() string { return cmp.Or(operatorWords[o], string(o)) }

// compare returns the result for a value that is present.
func (o operator) compare(v any, q *comparison) truth {
	switch o {
	case opEq:
		return equal(v, q.want)
	case opNeq:
		return equal(v, q.want).not()
	case opIn:
		return among(v, q.want.([]any))
	case opNotIn:
		return among(v, q.want.([]any)).not()
	case opLt, opLte, opGt, opGte:
		return o.order(v, q.want)
	case opContains:
		return contains(v, q.want)
	}
	s, isString := v.(string)
	if !isString {
		return unknown
	}
	switch o {
	case opMatches:
		return truthOf(q.pattern.MatchString(s))
	case opBelow:
		return isBelow(s, q.want.(string))
	}
	return unknown
}

// order compares two numbers.
func (o operator) order(v, want any) truth {
	sign, ok := compareNumbers(v, want)
	if !ok {
		return unknown
	}
	switch o {
	case opLt:
		return truthOf(sign < 0)
	case opLte:
		return truthOf(sign <= 0)
	case opGt:
		return truthOf(sign > 0)
	}
	return truthOf(sign >= 0)
}

// compareNumbers compares exactly and as float64, in which 2^53 and its successor are equal. It
// reports false if the results differ, because a server may use either.
func compareNumbers(a, b any) (sign int, ok bool) {
	x, ok := rational(a)
	if !ok {
		return 0, false
	}
	y, ok := rational(b)
	if !ok {
		return 0, false
	}
	f, errF := a.(json.Number).Float64()
	g, errG := b.(json.Number).Float64()
	sign = x.Cmp(y)
	return sign, errF == nil && errG == nil && cmp.Compare(f, g) == sign
}

// rational returns a number of JSON, unless it is too large for exact arithmetic.
func rational(v any) (*big.Rat, bool) {
	n, ok := v.(json.Number)
	if !ok || jsonschema.CheckNumber(n) != nil {
		return nil, false
	}
	return new(big.Rat).SetString(string(n))
}

// equal compares two values. Values of different types are not comparable, because a server may
// convert one into the other: "5" is neither equal to 5 nor different from it. Null differs from
// everything else.
func equal(a, b any) truth {
	if a == nil || b == nil {
		return truthOf(a == nil && b == nil)
	}
	switch a := a.(type) {
	case json.Number:
		sign, ok := compareNumbers(a, b)
		if !ok {
			return unknown
		}
		return truthOf(sign == 0)
	case string:
		if b, ok := b.(string); ok {
			return truthOf(a == b)
		}
	case bool:
		if b, ok := b.(bool); ok {
			return truthOf(a == b)
		}
	case []any:
		if b, ok := b.([]any); ok {
			return equalLists(a, b)
		}
	case map[string]any:
		if b, ok := b.(map[string]any); ok {
			return equalObjects(a, b)
		}
	}
	return unknown
}

func equalLists(a, b []any) truth {
	if len(a) != len(b) {
		return no
	}
	result := yes
	for i := range a {
		result = combine(result, equal(a[i], b[i]), true)
	}
	return result
}

func equalObjects(a, b map[string]any) truth {
	if len(a) != len(b) {
		return no
	}
	result := yes
	for k, v := range a {
		w, ok := b[k]
		if !ok {
			return no
		}
		result = combine(result, equal(v, w), true)
	}
	return result
}

// among reports whether a value equals one of a list. It is unknown if the value is not comparable
// with any of them, or if it equals none but a server may convert it into one: "1" of ["a", 1].
func among(v any, list []any) truth {
	result, isConvertible := unknown, false
	for _, w := range list {
		switch equal(v, w) {
		case yes:
			return yes
		case no:
			result = no
		default:
			isConvertible = isConvertible || isSameNumber(v, w)
		}
	}
	if isConvertible {
		return unknown
	}
	return result
}

// isSameNumber reports whether two values of different types may be read as the same number, such
// as "1", 1 and true.
func isSameNumber(a, b any) bool {
	x, ok := looseNumber(a)
	if !ok {
		return false
	}
	y, ok := looseNumber(b)
	return ok && x == y
}

// looseNumber returns the number to which a lenient server may convert a value.
func looseNumber(v any) (float64, bool) {
	text := ""
	switch v := v.(type) {
	case bool:
		text = strconv.FormatBool(v)
	case json.Number:
		text = v.String()
	case string:
		text = strings.ToLower(strings.TrimSpace(v))
	}
	switch text {
	case "true":
		return 1, true
	case "false":
		return 0, true
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

// contains reports whether a text has a part, or a list an element.
func contains(v, want any) truth {
	switch v := v.(type) {
	case string:
		if want, ok := want.(string); ok {
			return truthOf(strings.Contains(v, want))
		}
	case []any:
		result := no
		for _, e := range v {
			result = combine(result, equal(e, want), false)
		}
		return result
	}
	return unknown
}

// isBelow reports whether a path or URI is folder, or is below it. A path with a segment that a
// server may resolve, or with a character that it may drop, is unknown.
func isBelow(name, folder string) truth {
	if isUnclear(name) || strings.Contains(strings.TrimPrefix(name[schemeLen(name):], "//"), "//") {
		return unknown
	}
	folder = strings.TrimSuffix(folder, "/")
	return truthOf(name == folder || strings.HasPrefix(name, folder+"/"))
}

// schemeLen returns the length of a URI's scheme with its colon, or 0.
func schemeLen(s string) int {
	i := strings.IndexAny(s, ":/")
	if i > 0 && s[i] == ':' {
		return i + 1
	}
	return 0
}

// isOperator reports whether a name is that of an operator.
func isOperator(name string) bool { return slices.Contains(operators, operator(name)) }
