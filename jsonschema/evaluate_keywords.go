package jsonschema

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"time"
	"unicode/utf8"

	engine "github.com/santhosh-tekuri/jsonschema/v6"
)

// typeBits are the types of JSON as the library's sets hold them.
var typeBits = func() (b struct{ null, boolean, number, integer, text, array, object engine.Types }) {
	b.null.Add("null")
	b.boolean.Add("boolean")
	b.number.Add("number")
	b.integer.Add("integer")
	b.text.Add("string")
	b.array.Add("array")
	b.object.Add("object")
	return b
}()

// typeOf returns the type of a decoded value, 0 for values that JSON does not have.
func typeOf(v any) engine.Types {
	switch v := v.(type) {
	case nil:
		return typeBits.null
	case bool:
		return typeBits.boolean
	case string:
		return typeBits.text
	case []any:
		return typeBits.array
	case map[string]any:
		return typeBits.object
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return 0
		}
		return typeBits.number
	case float32:
		return typeOf(float64(v))
	case json.Number, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return typeBits.number
	}
	return 0
}

// assertions evaluates type, const, enum and format.
func (e *evaluator) assertions(s *engine.Schema, v any) bool {
	t := typeOf(v)
	if t == 0 {
		return false
	}
	if s.Types != nil && *s.Types != 0 && *s.Types&t == 0 {
		if t != typeBits.number || *s.Types&typeBits.integer == 0 || !isInteger(v) {
			return false
		}
	}
	if s.Const != nil && !e.isEqual(v, *s.Const) || s.Enum != nil && !e.isOneOf(v, s.Enum) {
		return false
	}
	if s.Format != nil {
		if text, ok := v.(string); ok {
			e.charge(2 + len(text)/bytesPerStep)
		}
		return s.Format.Validate(v) == nil
	}
	return true
}

// longEnum is the number of values from which an enum gets an index of its texts.
const longEnum = 16

// isOneOf reports whether v is a value of an enum. Texts are looked up in a long enum by hash from
// the second time on.
func (e *evaluator) isOneOf(v any, enum *engine.Enum) bool {
	if text, ok := v.(string); ok && len(enum.Values) > longEnum {
		e.charge(len(text) / bytesPerStep)
		if index := e.enumIndex(enum); index != nil {
			_, ok := index[text]
			return ok
		}
	}
	return slices.ContainsFunc(enum.Values, func(x any) bool { return e.isEqual(v, x) })
}

// enumIndex returns the texts of an enum, nil at the first use.
func (e *evaluator) enumIndex(enum *engine.Enum) map[string]struct{} {
	index, isUsed := e.enums[enum]
	if index != nil {
		return index
	}
	if isUsed {
		e.charge(len(enum.Values))
		index = make(map[string]struct{}, len(enum.Values))
		for _, x := range enum.Values {
			if text, ok := x.(string); ok {
				index[text] = struct{}{}
			}
		}
	}
	if e.enums == nil {
		e.enums = map[*engine.Enum]map[string]struct{}{}
	}
	e.enums[enum] = index
	return index
}

// isEqual reports whether two values are equal; numbers are compared exactly.
func (e *evaluator) isEqual(a, b any) bool {
	e.charge(1)
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, x := range a {
			if y, ok := b[name]; !ok || !e.isEqual(x, y) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !e.isEqual(a[i], b[i]) {
				return false
			}
		}
		return true
	case string:
		b, ok := b.(string)
		if !ok || len(a) != len(b) {
			return false
		}
		e.charge(len(a) / bytesPerStep)
		return a == b
	case nil, bool:
		return a == b
	}
	if typeOf(a) != typeBits.number || typeOf(b) != typeBits.number {
		return false
	}
	if x, ok := a.(json.Number); ok && isPlain(x) {
		if y, ok := b.(json.Number); ok && isPlain(y) {
			return x == y
		}
	}
	e.charge(rationalSteps)
	x, y := rational(a), rational(b)
	return x != nil && y != nil && x.Cmp(y) == 0
}

// rationalSteps are the steps of parsing two numbers exactly.
const rationalSteps = 30

// isPlain reports whether a number is an integer without an exponent, a sign or leading zeros.
func isPlain(n json.Number) bool {
	if n == "" || n[0] == '0' && len(n) > 1 {
		return false
	}
	for i := range len(n) {
		if n[i] < '0' || n[i] > '9' {
			return false
		}
	}
	return true
}

// rational returns a number exactly, or nil if v is not a number.
func rational(v any) *big.Rat {
	text, ok := v.(json.Number)
	if !ok {
		text = json.Number(fmt.Sprint(v))
	}
	r, ok := new(big.Rat).SetString(string(text))
	if !ok {
		return nil
	}
	return r
}

// isInteger reports whether a number is an integer; 1.0 is one.
func isInteger(v any) bool {
	if n, ok := v.(json.Number); ok && isPlain(n) {
		return true
	}
	r := rational(v)
	return r != nil && r.IsInt()
}

// text evaluates the keywords of strings.
func (e *evaluator) text(s *engine.Schema, v string) bool {
	ok := true
	if s.MinLength != nil || s.MaxLength != nil {
		e.charge(1 + len(v)/bytesPerStep)
		n := utf8.RuneCountInString(v)
		ok = (s.MinLength == nil || n >= *s.MinLength) && (s.MaxLength == nil || n <= *s.MaxLength)
	}
	if s.Pattern != nil && (ok || e.full) {
		ok = e.isMatch(s.Pattern, v) && ok
	}
	return ok
}

// isMatch matches a regular expression and charges the time that it took. A text that could not be
// matched in time costs all of that time, so that several are too much.
func (e *evaluator) isMatch(re engine.Regexp, v string) bool {
	e.charge(4 + len(v)/bytesPerStep)
	start := time.Now()
	ok, isLate := re.(*ecmaRegexp).match(v)
	took := time.Since(start)
	if isLate {
		took = max(took, matchTimeout)
	}
	e.charge(int(took / (100 * time.Nanosecond)))
	return ok
}

// number evaluates the keywords of numbers.
func (e *evaluator) number(s *engine.Schema, v any) bool {
	if s.Minimum == nil && s.Maximum == nil && s.ExclusiveMinimum == nil && s.ExclusiveMaximum == nil &&
		s.MultipleOf == nil {
		return true
	}
	e.charge(rationalSteps / 6)
	n := rational(v)
	switch {
	case n == nil:
		return false
	case s.Minimum != nil && n.Cmp(s.Minimum) < 0,
		s.Maximum != nil && n.Cmp(s.Maximum) > 0,
		s.ExclusiveMinimum != nil && n.Cmp(s.ExclusiveMinimum) <= 0,
		s.ExclusiveMaximum != nil && n.Cmp(s.ExclusiveMaximum) >= 0:
		return false
	}
	return s.MultipleOf == nil || new(big.Rat).Quo(n, s.MultipleOf).IsInt()
}
