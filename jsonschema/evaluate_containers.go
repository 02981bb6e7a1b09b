package jsonschema

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	engine "github.com/santhosh-tekuri/jsonschema/v6"
)

// object evaluates the keywords of objects.
func (e *evaluator) object(s *engine.Schema, v map[string]any, base int, seen *evaluated) bool {
	ok := (s.MinProperties == nil || len(v) >= *s.MinProperties) && (s.MaxProperties == nil || len(v) <= *s.MaxProperties)
	e.charge(len(s.Required))
	for _, name := range s.Required {
		if _, has := v[name]; !has {
			ok = false
		}
	}
	if s.Properties != nil || s.PatternProperties != nil || s.AdditionalProperties != nil {
		for name, x := range v {
			if !ok && !e.full {
				return false
			}
			ok = e.property(s, name, x, seen) && ok
		}
	}
	if s.PropertyNames != nil {
		for name := range v {
			if !ok && !e.full {
				return false
			}
			ok = e.value(s.PropertyNames, name) && ok
		}
	}
	for name, sub := range s.DependentSchemas {
		if !ok && !e.full {
			return false
		}
		if _, has := v[name]; has {
			ok = e.inPlace(sub, v, base, seen) && ok
		}
	}
	for name, needed := range s.DependentRequired {
		e.charge(1)
		if _, has := v[name]; !has {
			continue
		}
		e.charge(len(needed))
		for _, other := range needed {
			if _, has := v[other]; !has {
				ok = false
			}
		}
	}
	return ok
}

// property evaluates properties, patternProperties and additionalProperties at one property.
func (e *evaluator) property(s *engine.Schema, name string, x any, seen *evaluated) bool {
	e.charge(1)
	ok, isKnown := true, false
	if sub := s.Properties[name]; sub != nil {
		isKnown = true
		ok = e.value(sub, x)
	}
	for re, sub := range s.PatternProperties {
		if !ok && !e.full {
			return false
		}
		if e.isMatch(re, name) {
			isKnown = true
			ok = e.value(sub, x) && ok
		}
	}
	if !isKnown && s.AdditionalProperties != nil {
		isKnown = true
		switch sub := s.AdditionalProperties.(type) {
		case bool:
			ok = e.result(sub)
		case *engine.Schema:
			ok = e.value(sub, x)
		}
	}
	if isKnown {
		seen.addProp(name)
	}
	return ok
}

// array evaluates the keywords of arrays.
func (e *evaluator) array(s *engine.Schema, v []any, seen *evaluated) bool {
	ok := (s.MinItems == nil || len(v) >= *s.MinItems) && (s.MaxItems == nil || len(v) <= *s.MaxItems)
	if s.UniqueItems && len(v) > 1 && (ok || e.full) {
		ok = e.isUnique(v) && ok
	}
	prefix := min(len(s.PrefixItems), len(v))
	for i, x := range v[:prefix] {
		if !ok && !e.full {
			return false
		}
		ok = e.value(s.PrefixItems[i], x) && ok
		seen.addItem(i)
	}
	if s.Items2020 != nil {
		for _, x := range v[prefix:] {
			if !ok && !e.full {
				return false
			}
			ok = e.value(s.Items2020, x) && ok
		}
		seen.addAll()
	}
	if s.Contains != nil && (ok || e.full) {
		ok = e.contains(s, v, seen) && ok
	}
	return ok
}

// contains evaluates contains, minContains and maxContains.
func (e *evaluator) contains(s *engine.Schema, v []any, seen *evaluated) bool {
	n := 0
	for i, x := range v {
		if e.value(s.Contains, x) {
			n++
			seen.addItem(i)
		}
	}
	least := 1
	if s.MinContains != nil {
		least = *s.MinContains
	}
	return e.result(n >= least && (s.MaxContains == nil || n <= *s.MaxContains))
}

// isUnique reports whether all items differ.
func (e *evaluator) isUnique(items []any) bool {
	seen := make(map[string]struct{}, min(len(items), 1<<10))
	var text []byte
	for _, x := range items {
		text = e.canonical(text[:0], x)
		if _, ok := seen[string(text)]; ok {
			return false
		}
		seen[string(text)] = struct{}{}
	}
	return true
}

// canonical appends a text that only equal values share.
func (e *evaluator) canonical(b []byte, v any) []byte {
	e.charge(1)
	switch v := v.(type) {
	case map[string]any:
		b = append(b, '{')
		e.charge(len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			b = e.canonical(b, name)
			b = e.canonical(b, v[name])
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for _, x := range v {
			b = e.canonical(b, x)
		}
		return append(b, ']')
	case string:
		e.charge(len(v) / bytesPerStep)
		b = append(strconv.AppendInt(append(b, '"'), int64(len(v)), 10), ':')
		return append(b, v...)
	case nil:
		return append(b, 'n')
	case bool:
		return strconv.AppendBool(b, v)
	}
	e.charge(rationalSteps)
	if r := rational(v); r != nil {
		return append(append(append(b, '#'), r.RatString()...), ';')
	}
	text, _ := v.(json.Number)
	return append(append(append(b, '?'), text...), ';')
}
