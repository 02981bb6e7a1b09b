package pin

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/jsonschema"
)

// A value that only the new schema accepts must be announced as widening.
func TestWideningIsFound(t *testing.T) {
	widened, seeds := 0, 6_000
	if testing.Short() {
		seeds /= 4
	}
	for seed := range uint64(seeds) {
		g := &generator{rand.New(rand.NewPCG(seed, 3))}
		old := g.schema(3)
		now := g.mutate(clone(old))
		before, err := jsonschema.Compile(old)
		if err != nil {
			t.Fatalf("seed %d: %v: %s", seed, err, encode(old))
		}
		after, err := jsonschema.Compile(now)
		if err != nil {
			t.Fatalf("seed %d: %v: %s", seed, err, encode(now))
		}
		for range 20 {
			v := g.value(3)
			if before.Validate(context.Background(), v) == nil || after.Validate(context.Background(), v) != nil {
				continue
			}
			widened++
			c := &comparison{kind: Tool}
			c.schema("", old, now)
			if !has(c.changes, Widened) {
				t.Fatalf("seed %d: %s is accepted by the new schema only, and not announced\nold %s\nnew %s\nchanges %v", seed, encode(v), encode(old), encode(now), c.changes)
			}
			break
		}
	}
	if widened < seeds/40 {
		t.Fatalf("only %d of the pairs tested anything", widened)
	}
}

func has(changes []Change, w Weight) bool {
	for _, c := range changes {
		if c.Weight == w {
			return true
		}
	}
	return false
}

// generator makes schemas and values of few words, so that they meet.
type generator struct{ *rand.Rand }

func (g *generator) pick(of ...any) any    { return of[g.IntN(len(of))] }
func (g *generator) name() string          { return g.pick("a", "b", "c").(string) }
func (g *generator) number() json.Number   { return json.Number(fmt.Sprint(g.IntN(4))) }
func (g *generator) schemas(depth int) any { return []any{g.schema(depth), g.schema(depth)} }
func (g *generator) named(depth int) any {
	return map[string]any{g.name(): g.schema(depth), g.name(): g.schema(depth)}
}

func (g *generator) schema(depth int) any {
	if depth == 0 || g.IntN(12) == 0 {
		return g.pick(true, false, map[string]any{"type": g.pick("string", "number", "object", "array")})
	}
	s := map[string]any{}
	for range 1 + g.IntN(4) {
		g.keyword(s, depth-1)
	}
	return s
}

func (g *generator) keyword(s map[string]any, depth int) {
	switch name := g.pick("type", "properties", "required", "additionalProperties", "enum", "const", "maximum", "minimum", "maxLength", "minLength",
		"maxItems", "minItems", "maxProperties", "minProperties", "items", "prefixItems", "contains", "minContains", "maxContains", "anyOf", "oneOf",
		"allOf", "not", "if", "then", "else", "patternProperties", "propertyNames", "unevaluatedProperties", "unevaluatedItems", "dependentRequired",
		"dependentSchemas", "uniqueItems", "multipleOf", "pattern").(string); name {
	case "type":
		s[name] = g.pick("string", "number", "integer", "object", "array", []any{"string", "number"}, []any{"object", "array", "null"})
	case "properties", "dependentSchemas":
		s[name] = g.named(depth)
	case "patternProperties":
		s[name] = map[string]any{g.pick("a", "b", "[ab]").(string): g.schema(depth)}
	case "required":
		s[name] = g.pick([]any{"a"}, []any{"b"}, []any{"a", "b"}, []any{})
	case "dependentRequired":
		s[name] = map[string]any{g.name(): []any{g.name()}}
	case "enum":
		s[name] = []any{g.value(1), g.value(1)}
	case "const":
		s[name] = g.value(1)
	case "multipleOf":
		s[name] = g.pick(json.Number("1"), json.Number("2"))
	case "pattern":
		s[name] = g.pick("a", "b")
	case "uniqueItems":
		s[name] = g.pick(true, false)
	case "anyOf", "oneOf", "allOf", "prefixItems":
		s[name] = g.schemas(depth)
	case "items", "contains", "not", "if", "then", "else", "propertyNames", "additionalProperties", "unevaluatedProperties", "unevaluatedItems":
		s[name] = g.schema(depth)
	default:
		s[name] = g.number()
	}
}

// mutate changes one thing somewhere.
func (g *generator) mutate(schema any) any {
	s, ok := schema.(map[string]any)
	if !ok || len(s) == 0 {
		return g.schema(1)
	}
	name := g.key(s)
	switch g.IntN(4) {
	case 0:
		delete(s, name)
	case 1:
		g.keyword(s, 1)
	default:
		s[name] = g.within(name, s[name])
	}
	return s
}

// key returns one of the names of an object.
func (g *generator) key(o map[string]any) string {
	names := slices.Sorted(maps.Keys(o))
	return names[g.IntN(len(names))]
}

// within changes the value of a keyword.
func (g *generator) within(name string, v any) any {
	switch name {
	case "properties", "patternProperties", "dependentSchemas":
		o := v.(map[string]any)
		if len(o) == 0 {
			break
		}
		key := g.key(o)
		if o[key] = g.mutate(o[key]); g.IntN(3) == 0 {
			delete(o, key)
		}
		return o
	case "anyOf", "oneOf", "allOf", "prefixItems":
		l := v.([]any)
		l[0] = g.mutate(l[0])
		return l[:1+g.IntN(len(l))]
	case "items", "contains", "not", "if", "then", "else", "propertyNames", "additionalProperties", "unevaluatedProperties", "unevaluatedItems":
		return g.mutate(v)
	}
	other := map[string]any{}
	for other[name] == nil {
		g.keyword(other, 1)
	}
	return other[name]
}

func (g *generator) value(depth int) any {
	switch n := g.IntN(6); {
	case n == 0:
		return g.pick("", "a", "ab", "bbb")
	case n == 1:
		return g.number()
	case n < 4 && depth > 0:
		o := map[string]any{}
		for range g.IntN(4) {
			o[g.name()] = g.value(depth - 1)
		}
		return o
	case n == 4 && depth > 0:
		l := []any{}
		for range g.IntN(4) {
			l = append(l, g.value(depth-1))
		}
		return l
	}
	return g.pick(nil, true, "b", json.Number("1"))
}

func clone(v any) any { return jsonvalue.Decode([]byte(encode(v))) }
