package jsonschema

import (
	"context"
	"errors"
	"reflect"
	"slices"

	engine "github.com/santhosh-tekuri/jsonschema/v6"
)

// evaluator decides whether values match compiled schemas, as the library's own validator does, but
// within a budget. It builds no errors. After [memoSteps] it remembers results by schema and value.
// Then alternatives that nest take polynomial time, where the library's validator takes exponential
// time and memory.
type evaluator struct {
	ctx   context.Context
	meter *Meter
	poll  int // steps until the next check of ctx

	// full evaluates everything, as the library does to explain a mismatch. cost and faults are
	// then the steps and errors that it would take.
	full   bool
	cost   int
	faults int

	chain  []*engine.Schema // schemas under evaluation; those of the current value begin at some index
	cycles int              // references to a schema under evaluation at the same value
	depth  int              // of the current value
	memo   map[memoKey]memoResult
	enums  map[*engine.Enum]map[string]struct{} // texts of long enums that were used twice
}

type memoKey struct {
	schema *engine.Schema
	value  any // a scalar itself; an object or array as identity
	track  bool
}

// identity identifies an object or array while it is in use.
type identity struct {
	pointer uintptr
	length  int
	isArray bool
}

type memoResult struct {
	ok           bool
	seen         *evaluated
	cost, faults int
}

// evaluated is the set of properties and items that a schema and its subschemas in place have
// evaluated (core, section 11).
type evaluated struct {
	all   bool
	props map[string]struct{}
	items map[int]struct{}
}

func (ev *evaluated) addProp(name string) {
	if ev == nil || ev.all {
		return
	}
	if ev.props == nil {
		ev.props = map[string]struct{}{}
	}
	ev.props[name] = struct{}{}
}

func (ev *evaluated) addItem(i int) {
	if ev == nil || ev.all {
		return
	}
	if ev.items == nil {
		ev.items = map[int]struct{}{}
	}
	ev.items[i] = struct{}{}
}

func (ev *evaluated) addAll() {
	if ev != nil {
		ev.all = true
	}
}

// merge adds other. The merge is charged by its size.
func (e *evaluator) merge(ev, other *evaluated) {
	if ev == nil || other == nil {
		return
	}
	if ev.all = ev.all || other.all; ev.all {
		return
	}
	e.charge(len(other.props) + len(other.items))
	for name := range other.props {
		ev.addProp(name)
	}
	for i := range other.items {
		ev.addItem(i)
	}
}

// errUnsupported ends an evaluation at a keyword that the translators of documents never write.
var errUnsupported = errors.New("cannot be checked: $dynamicRef, $recursiveRef and older drafts are not supported")

// value evaluates s at a new value: an item, a property or the root.
func (e *evaluator) value(s *engine.Schema, v any) bool {
	e.depth++
	ok, _ := e.schema(s, v, len(e.chain), false)
	e.depth--
	return ok
}

// inPlace evaluates s at the current value, whose schemas begin at base. It adds evaluated members
// and items to seen, unless seen is nil.
func (e *evaluator) inPlace(s *engine.Schema, v any, base int, seen *evaluated) bool {
	ok, ev := e.schema(s, v, base, seen != nil)
	if ok {
		e.merge(seen, ev)
	}
	return ok
}

// schema evaluates s, from memory if it can. With track it returns what s has evaluated.
func (e *evaluator) schema(s *engine.Schema, v any, base int, track bool) (bool, *evaluated) {
	e.charge(1)
	if s.Bool != nil {
		return e.result(*s.Bool), nil
	}
	if slices.Contains(e.chain[base:], s) {
		e.cycles++
		return e.result(false), nil
	}
	e.charge((len(e.chain) - base) / 8)
	var key memoKey
	isMemo := e.meter.steps > memoSteps && isComposite(s)
	if isMemo {
		key = memoKey{s, e.identify(v), track}
		if r, ok := e.memo[key]; ok {
			e.cost += r.cost
			e.faults += r.faults
			return r.ok, r.seen
		}
	}
	cost, faults, cycles := e.cost, e.faults, e.cycles
	var seen *evaluated
	if track || s.UnevaluatedProperties != nil || s.UnevaluatedItems != nil {
		seen = &evaluated{}
		if e.full { // the library copies the names first
			e.charge(size(v))
		}
	}
	e.chain = append(e.chain, s)
	ok := e.keywords(s, v, base, seen)
	e.chain = e.chain[:len(e.chain)-1]
	e.result(ok)
	// A result that depends on a cycle holds only below the schema that closes it.
	if isMemo && cycles == e.cycles && len(e.memo) < maxResults {
		if e.memo == nil {
			e.memo = map[memoKey]memoResult{}
		}
		e.memo[key] = memoResult{ok, seen, e.cost - cost, e.faults - faults}
	}
	return ok, seen
}

// size returns the number of properties or items of v.
func size(v any) int {
	switch v := v.(type) {
	case map[string]any:
		return len(v)
	case []any:
		return len(v)
	}
	return 0
}

// result counts a fault, weighed by the length of its location.
func (e *evaluator) result(ok bool) bool {
	if !ok {
		e.faults += 1 + e.depth/8
	}
	return ok
}

func (e *evaluator) identify(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return identity{reflect.ValueOf(v).Pointer(), len(v), false}
	case []any:
		return identity{reflect.ValueOf(v).Pointer(), len(v), true}
	case string:
		e.charge(len(v) / bytesPerStep)
	}
	return v
}

// isComposite reports whether a result of s is worth remembering: s has subschemas in place or
// below, or a pattern.
func isComposite(s *engine.Schema) bool {
	return s.Ref != nil || s.AllOf != nil || s.AnyOf != nil || s.OneOf != nil || s.Not != nil || s.If != nil ||
		s.Properties != nil || s.PatternProperties != nil || s.AdditionalProperties != nil ||
		s.Items2020 != nil || s.PrefixItems != nil || s.Contains != nil || s.DependentSchemas != nil ||
		s.UnevaluatedItems != nil || s.UnevaluatedProperties != nil || s.PropertyNames != nil || s.Pattern != nil
}

// keywords evaluates the keywords of s in the library's order.
func (e *evaluator) keywords(s *engine.Schema, v any, base int, seen *evaluated) bool {
	if s.DraftVersion != 2020 || s.DynamicRef != nil || s.RecursiveRef != nil {
		panic(abort{errUnsupported})
	}
	if !e.assertions(s, v) {
		return false
	}
	ok := s.Ref == nil || e.inPlace(s.Ref, v, base, seen)
	if !ok && !e.full {
		return false
	}
	switch v := v.(type) {
	case map[string]any:
		ok = e.object(s, v, base, seen) && ok
	case []any:
		ok = e.array(s, v, seen) && ok
	case string:
		ok = e.text(s, v) && ok
	case nil, bool:
	default:
		ok = e.number(s, v) && ok
	}
	if ok || e.full {
		ok = e.combined(s, v, base, seen) && ok
	}
	if ok || e.full {
		ok = e.conditional(s, v, base, seen) && ok
	}
	if ok || e.full {
		ok = e.unevaluated(s, v, seen) && ok
	}
	return ok
}

// combined evaluates not, allOf, anyOf and oneOf.
func (e *evaluator) combined(s *engine.Schema, v any, base int, seen *evaluated) bool {
	ok := true
	if s.Not != nil && e.inPlace(s.Not, v, base, nil) {
		ok = e.result(false)
	}
	for _, sub := range s.AllOf {
		if !ok && !e.full {
			return false
		}
		ok = e.inPlace(sub, v, base, seen) && ok
	}
	if len(s.AnyOf) > 0 && (ok || e.full) {
		matched := false
		for _, sub := range s.AnyOf {
			if matched = e.inPlace(sub, v, base, seen) || matched; matched && seen == nil {
				break
			}
		}
		ok = e.result(matched) && ok
	}
	if len(s.OneOf) > 0 && (ok || e.full) {
		matched := 0
		for _, sub := range s.OneOf {
			if !e.inPlace(sub, v, base, seen) {
				continue
			}
			if matched++; matched > 1 {
				break
			}
		}
		ok = e.result(matched == 1) && ok
	}
	return ok
}

// conditional evaluates if, then and else.
func (e *evaluator) conditional(s *engine.Schema, v any, base int, seen *evaluated) bool {
	if s.If == nil {
		return true
	}
	if e.inPlace(s.If, v, base, seen) {
		return s.Then == nil || e.inPlace(s.Then, v, base, seen)
	}
	return s.Else == nil || e.inPlace(s.Else, v, base, seen)
}

// unevaluated evaluates unevaluatedProperties and unevaluatedItems.
func (e *evaluator) unevaluated(s *engine.Schema, v any, seen *evaluated) bool {
	ok := true
	switch v := v.(type) {
	case map[string]any:
		if s.UnevaluatedProperties == nil {
			return true
		}
		for name, value := range v {
			if _, done := seen.props[name]; !seen.all && !done {
				if ok = e.value(s.UnevaluatedProperties, value) && ok; !ok && !e.full {
					return false
				}
			}
		}
		seen.addAll()
	case []any:
		if s.UnevaluatedItems == nil {
			return true
		}
		for i, value := range v {
			if _, done := seen.items[i]; !seen.all && !done {
				if ok = e.value(s.UnevaluatedItems, value) && ok; !ok && !e.full {
					return false
				}
			}
		}
		seen.addAll()
	}
	return ok
}
