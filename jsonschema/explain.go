package jsonschema

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	engine "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// maxExplained bounds the properties or items of one value that are explained when not all can be.
const maxExplained = 20

// explainer builds the tree of errors of a value that does not match. The library builds it for the
// complete value if the tree is small enough, else for the largest parts with small trees.
type explainer struct {
	decide  *evaluator // finds the parts that do not match
	measure *evaluator // measures what the library would take
	causes  []*engine.ValidationError
}

// explain returns the tree of errors of v, which decide has found not to match.
func explain(ctx context.Context, s *engine.Schema, v any, decide *evaluator) *engine.ValidationError {
	// The explanation has a budget of its own: the answer no longer depends on it.
	m := NewMeter(min(decide.meter.most, 4*explainSteps))
	x := &explainer{decide: newEvaluator(ctx, m), measure: newEvaluator(ctx, m)}
	x.decide.memo, x.measure.full = decide.memo, true
	x.part(s, v, nil)
	if len(x.causes) == 0 {
		x.causes = append(x.causes, &engine.ValidationError{ErrorKind: &kind.Group{}})
	}
	return &engine.ValidationError{
		SchemaURL: s.Location, ErrorKind: &kind.Schema{Location: s.Location}, Causes: x.causes,
	}
}

// part adds the causes of the value at location, at least one.
func (x *explainer) part(s *engine.Schema, v any, location []string) {
	x.measure.cost, x.measure.depth = 0, len(location)
	x.measure.chain = x.measure.chain[:0]
	faults := x.measure.faults
	err := guarded(func() { x.measure.schema(s, v, 0, false) })
	if err == nil {
		x.library(s, v, location)
		return
	}
	x.measure.faults = faults
	if !errors.Is(err, errLarge) || !x.below(s, v, location) {
		leaf := &engine.ValidationError{SchemaURL: s.Location, InstanceLocation: location, ErrorKind: &kind.Group{}}
		if len(s.AnyOf) > 0 || len(s.OneOf) > 0 {
			leaf.ErrorKind = &kind.AnyOf{}
		}
		x.causes = append(x.causes, leaf)
	}
}

// library adds the causes that the library finds.
func (x *explainer) library(s *engine.Schema, v any, location []string) {
	var tree *engine.ValidationError
	if !errors.As(s.Validate(v), &tree) {
		return
	}
	placeNames(tree, v)
	joinUnevaluated(tree)
	if len(location) > 0 {
		under(tree, location)
	}
	x.causes = append(x.causes, tree.Causes...)
}

// joinUnevaluated makes members that unevaluatedProperties forbids one fault of their object, as
// those that additionalProperties forbids. Beside other faults of the same schema they are none: a
// schema that does not match has not evaluated its members.
func joinUnevaluated(e *engine.ValidationError) {
	var others []*engine.ValidationError
	var names []string
	for _, c := range e.Causes {
		_, isFalse := c.ErrorKind.(*kind.FalseSchema)
		if depth := len(e.InstanceLocation); isFalse && len(c.InstanceLocation) == depth+1 && strings.HasSuffix(c.SchemaURL, "/unevaluatedProperties") {
			names = append(names, c.InstanceLocation[depth])
			continue
		}
		joinUnevaluated(c)
		others = append(others, c)
	}
	if len(names) > 0 && len(others) == 0 {
		others = append(others, &engine.ValidationError{
			SchemaURL: e.SchemaURL, InstanceLocation: e.InstanceLocation, ErrorKind: &kind.AdditionalProperties{Properties: names},
		})
	}
	e.Causes = others
}

// placeNames repairs the locations of names that are not allowed. The library shares their memory
// with those of values that it visits later, so they may be those of another value by now. A name
// that several objects of v have gets no location.
func placeNames(e *engine.ValidationError, v any) {
	var places map[string][]string
	var visit func(e *engine.ValidationError)
	visit = func(e *engine.ValidationError) {
		if k, ok := e.ErrorKind.(*kind.PropertyNames); ok {
			if places == nil {
				places = map[string][]string{}
				findNames(v, []string{}, places)
			}
			e.InstanceLocation = places[k.Property]
		}
		for _, c := range e.Causes {
			visit(c)
		}
	}
	visit(e)
}

// findNames adds the names of the members in v, with the place of the object that has them, or nil
// if several have.
func findNames(v any, location []string, places map[string][]string) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if _, again := places[name]; again {
				places[name] = nil
			} else {
				places[name] = location
			}
			findNames(member, append(slices.Clone(location), name), places)
		}
	case []any:
		for i, item := range v {
			findNames(item, append(slices.Clone(location), strconv.Itoa(i)), places)
		}
	}
}

// under puts the locations of a tree below location.
func under(e *engine.ValidationError, location []string) {
	e.InstanceLocation = slices.Concat(location, e.InstanceLocation)
	for _, c := range e.Causes {
		under(c, location)
	}
}

// below explains the properties, items and conjunctions of a value that do not match. It reports
// false if there are none of them.
func (x *explainer) below(s *engine.Schema, v any, location []string) bool {
	before := len(x.causes)
	for _, sub := range append(slices.Clone(s.AllOf), s.Ref) {
		if sub != nil && x.isWrong(sub, v) {
			x.part(sub, v, location)
		}
	}
	explain := func(sub *engine.Schema, v any, token string) {
		if sub != nil && len(x.causes)-before < maxExplained && x.isWrong(sub, v) {
			x.part(sub, v, append(slices.Clone(location), token))
		}
	}
	switch v := v.(type) {
	case map[string]any:
		additional, _ := s.AdditionalProperties.(*engine.Schema)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			sub := s.Properties[name]
			if sub == nil && s.PatternProperties == nil {
				sub = additional
			}
			explain(sub, v[name], name)
		}
	case []any:
		for i, item := range v {
			if i < len(s.PrefixItems) {
				explain(s.PrefixItems[i], item, strconv.Itoa(i))
			} else {
				explain(s.Items2020, item, strconv.Itoa(i))
			}
		}
	}
	return len(x.causes) > before
}

// isWrong reports whether v is known not to match s.
func (x *explainer) isWrong(s *engine.Schema, v any) bool {
	ok := true
	x.decide.chain = x.decide.chain[:0]
	return guarded(func() { ok = x.decide.value(s, v) }) == nil && !ok
}
