package jsonschema

import (
	"context"
	"errors"
	"fmt"
	"strings"

	engine "github.com/santhosh-tekuri/jsonschema/v6"
)

// Schema is a compiled JSON Schema of draft 2020-12. It is safe for concurrent use.
type Schema struct{ compiled *engine.Schema }

// Validate returns nil when v matches the schema, a [*ValidationError] when it does not, and an
// error that wraps [ErrTooMuch] when [DefaultBudget] does not suffice. v is decoded JSON: nil,
// bool, string, []any, map[string]any and numbers, best as json.Number, which are compared exactly.
//
// When ctx ends, so does the validation, with the error of ctx.
func (s *Schema) Validate(ctx context.Context, v any) error {
	return s.ValidateWithin(ctx, NewMeter(0), v)
}

// ValidateWithin is [Schema.Validate] with the rest of the budget of m. Explaining a mismatch takes
// no steps of m.
func (s *Schema) ValidateWithin(ctx context.Context, m *Meter, v any) error {
	e := newEvaluator(ctx, m)
	ok, err := s.decide(e, v)
	if err != nil || ok {
		return err
	}
	return &ValidationError{explain(ctx, s.compiled, v, e)}
}

// Matches reports whether v matches the schema, without an explanation. Its errors are those of
// [Schema.ValidateWithin].
func (s *Schema) Matches(ctx context.Context, m *Meter, v any) (bool, error) {
	return s.decide(newEvaluator(ctx, m), v)
}

func (s *Schema) decide(e *evaluator, v any) (ok bool, err error) {
	if err := e.ctx.Err(); err != nil {
		return false, err
	}
	if err := guarded(func() { ok, _ = e.schema(s.compiled, v, 0, false) }); err != nil {
		return false, err
	}
	return ok, nil
}

// ValidationError says why a value does not match a schema. [Problems] and [Violations] explain it.
type ValidationError struct{ tree *engine.ValidationError }

// Error names neither the value nor the fields in it.
func (*ValidationError) Error() string { return "value does not match the schema" }

// Compile compiles a schema: decoded JSON whose numbers are json.Number.
func Compile(schema any) (*Schema, error) {
	const url = "mem:///schema.json"
	c := NewCompiler()
	if err := c.Add(url, schema); err != nil {
		return nil, err
	}
	return c.Compile(url)
}

// Compiler compiles schemas that refer to one another by URL. It is not safe for concurrent use;
// the schemas that it returns are.
type Compiler struct {
	compiler *engine.Compiler
	parts    map[string]*parts // by URL
	work     int               // squares of the parts that were compiled
}

// NewCompiler returns a compiler without schemas.
func NewCompiler() *Compiler {
	c := engine.NewCompiler()
	c.DefaultDraft(engine.Draft2020)
	c.UseRegexpEngine(compileRegexp)
	c.UseLoader(noLoader{})
	c.AssertFormat()
	for name, check := range formats {
		c.RegisterFormat(&engine.Format{Name: name, Validate: check})
	}
	return &Compiler{compiler: c, parts: map[string]*parts{}}
}

// Add adds schema, decoded JSON, under an absolute URL. Nothing is fetched from there.
func (c *Compiler) Add(url string, schema any) error {
	if err := c.compiler.AddResource(url, schema); err != nil {
		return fmt.Errorf("compile schema: %w", err)
	}
	c.parts[url] = partsOf(schema)
	return nil
}

// Compile compiles the schema that was added under url. A fragment of url is a JSON Pointer into
// it. The error wraps [ErrTooLarge] if the schema and the schemas that it refers to have more than
// MaxParts parts that were not compiled before. It wraps [ErrTooManyParts] if all compiled schemas
// together have too many.
func (c *Compiler) Compile(url string) (*Schema, error) {
	reached, err := c.reach(url)
	if err != nil {
		return nil, fmt.Errorf("compile schema: %w", err)
	}
	s, err := c.compiler.Compile(url)
	if err != nil {
		return nil, fmt.Errorf("compile schema: %w", err)
	}
	if !strings.Contains(url, "#") { // else only a part of them was compiled
		for _, p := range reached {
			p.isCompiled = true
		}
	}
	return &Schema{s}, nil
}

// noLoader fetches nothing: a schema that refers to a URL which was not added does not compile.
type noLoader struct{}

func (noLoader) Load(string) (any, error) {
	return nil, errors.New("schema refers to another document")
}
