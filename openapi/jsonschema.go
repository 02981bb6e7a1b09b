package openapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/dlclark/regexp2"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// way is the direction of a body: readOnly properties are not required of requests, writeOnly ones not of answers.
type way byte

const (
	eitherWay way = iota
	asRequest
	asResponse
)

// schemas compiles the schemas of one document, each once and when it is first needed, into JSON Schema 2020-12.
// Kin-openapi's own validator is not used, as it takes integers above 2^53 for equal that are not, tells values in
// its errors, and compiles anew for each value in 3.1. Any number of goroutines may use it at once.
type schemas struct {
	v30 bool // nullable and boolean exclusive bounds are OpenAPI 3.0's

	mu        sync.Mutex // guards what follows
	compiler  *jsonschema.Compiler
	resources map[resource]string // URLs, by what they stand for
	compiled  map[resource]*jsonschema.Schema
	failed    map[resource]error
}

// resource is a schema in one direction. Schemas that several references share are one pointer in a resolved document.
type resource struct {
	schema *openapi3.Schema
	way    way
}

func newSchemas(doc *openapi3.T) *schemas {
	s := &schemas{
		v30:       !doc.IsOpenAPI31OrLater(),
		compiler:  jsonschema.NewCompiler(),
		resources: map[resource]string{},
		compiled:  map[resource]*jsonschema.Schema{},
		failed:    map[resource]error{},
	}
	s.compiler.DefaultDraft(jsonschema.Draft2020)
	s.compiler.AssertFormat()
	for name, check := range formats() {
		s.compiler.RegisterFormat(&jsonschema.Format{Name: name, Validate: check})
	}
	s.compiler.UseRegexpEngine(compilePattern)
	return s
}

// compile returns the validator of ref. A nil validator admits everything.
func (s *schemas) compile(ref *openapi3.SchemaRef, w way) (*jsonschema.Schema, error) {
	if ref == nil || ref.Value == nil {
		return nil, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := resource{ref.Value, w}
	if sch := s.compiled[key]; sch != nil {
		return sch, nil
	}
	if err := s.failed[key]; err != nil {
		return nil, err
	}
	t := translator{s: s, way: w}
	url := t.add(ref.Value)
	for len(t.todo) > 0 && t.err == nil {
		next := t.todo[0]
		t.todo = t.todo[1:]
		t.err = s.compiler.AddResource(s.resources[resource{next, w}], t.schema(next))
	}
	err := t.err
	if err == nil {
		var sch *jsonschema.Schema
		if sch, err = s.compiler.Compile(url); err == nil {
			s.compiled[key] = sch
			return sch, nil
		}
	}
	err = fmt.Errorf("compile schema: %w", oneLine(errors.New(resourceURL.ReplaceAllString(err.Error(), ""))))
	s.failed[key] = err
	return nil, err
}

// patternTimeout bounds one match: ECMA-262 patterns can take exponential time.
const patternTimeout = 100 * time.Millisecond

type ecmaPattern struct{ re *regexp2.Regexp }

func (p ecmaPattern) MatchString(s string) bool {
	ok, err := p.re.MatchString(s)
	return ok && err == nil
}

func (p ecmaPattern) String() string { return p.re.String() }

// compilePattern reads a pattern as OpenAPI means it: in the dialect of ECMA-262.
func compilePattern(s string) (jsonschema.Regexp, error) {
	re, err := regexp2.Compile(s, regexp2.ECMAScript|regexp2.Unicode)
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = patternTimeout
	return ecmaPattern{re}, nil
}

// resourceURL is what schemas are called towards the library; it means nothing to people.
var resourceURL = regexp.MustCompile(`https://schemas\.invalid/\d*#?`)

// translator writes OpenAPI schemas as JSON Schema. References become URLs of resources of their own.
type translator struct {
	s    *schemas
	way  way
	todo []*openapi3.Schema
	err  error
}

func (t *translator) add(sch *openapi3.Schema) string {
	key := resource{sch, t.way}
	url, ok := t.s.resources[key]
	if !ok {
		url = "https://schemas.invalid/" + strconv.Itoa(len(t.s.resources))
		t.s.resources[key] = url
		t.todo = append(t.todo, sch)
	}
	return url
}

func (t *translator) ref(r *openapi3.SchemaRef) any {
	switch {
	case r == nil || r.Value == nil:
		return true
	case r.Ref != "":
		return map[string]any{"$ref": t.add(r.Value)}
	}
	return t.schema(r.Value)
}

func (t *translator) list(rs openapi3.SchemaRefs) []any {
	out := make([]any, len(rs))
	for i, r := range rs {
		out[i] = t.ref(r)
	}
	return out
}

func (t *translator) named(rs openapi3.Schemas) map[string]any {
	out := make(map[string]any, len(rs))
	for k, r := range rs {
		out[k] = t.ref(r)
	}
	return out
}

func (t *translator) schema(s *openapi3.Schema) any {
	if s.Always != nil {
		return *s.Always
	}
	m := map[string]any{}
	t.values(s, m)
	t.numbers(s, m)
	t.arrays(s, m)
	t.objects(s, m)
	t.combined(s, m)
	if s.Nullable && t.s.v30 {
		return nullable(m)
	}
	return m
}

// nullable admits null beside m. The letter of 3.0.3 has nullable only beside a type and wants null in an enum, too;
// documents and tools in use take it for "or null" wherever it stands.
func nullable(m map[string]any) any {
	name, ok := m["type"].(string)
	for _, k := range []string{"allOf", "anyOf", "oneOf", "not", "const"} {
		if _, has := m[k]; has {
			ok = false
		}
	}
	if !ok {
		return map[string]any{"anyOf": []any{map[string]any{"type": "null"}, m}}
	}
	m["type"] = []any{name, "null"}
	if enum, has := m["enum"].([]any); has {
		m["enum"] = append(enum, nil)
	}
	return m
}

func (t *translator) values(s *openapi3.Schema, m map[string]any) {
	switch types := s.Type.Slice(); len(types) {
	case 0:
	case 1:
		m["type"] = types[0]
	default:
		list := make([]any, len(types))
		for i, n := range types {
			list[i] = n
		}
		m["type"] = list
	}
	if len(s.Enum) > 0 {
		m["enum"] = t.data(s.Enum)
	}
	if s.Const != nil {
		m["const"] = t.data(s.Const)
	}
	for _, k := range [...]string{"enum", "const"} {
		if v, ok := Exact(s, k); ok {
			m[k] = v
		}
	}
	if s.Format != "" {
		m["format"] = s.Format
	}
	if s.MinLength > 0 {
		m["minLength"] = s.MinLength
	}
	if s.MaxLength != nil {
		m["maxLength"] = *s.MaxLength
	}
	if s.Pattern != "" {
		m["pattern"] = s.Pattern
	}
}

// data copies a value of a document as plain JSON data.
func (t *translator) data(v any) any {
	b, err := json.Marshal(v)
	if err == nil {
		v, err = parseJSON(b)
	}
	if err != nil && t.err == nil {
		t.err = err
	}
	return v
}

func (t *translator) arrays(s *openapi3.Schema, m map[string]any) {
	if s.Items != nil {
		m["items"] = t.ref(s.Items)
	}
	if len(s.PrefixItems) > 0 {
		m["prefixItems"] = t.list(s.PrefixItems)
	}
	if s.Contains != nil {
		m["contains"] = t.ref(s.Contains)
	}
	for name, n := range map[string]*uint64{"maxItems": s.MaxItems, "minContains": s.MinContains, "maxContains": s.MaxContains} {
		if n != nil {
			m[name] = *n
		}
	}
	if s.MinItems > 0 {
		m["minItems"] = s.MinItems
	}
	if s.UniqueItems {
		m["uniqueItems"] = true
	}
	t.open("unevaluatedItems", s.UnevaluatedItems, m)
}

func (t *translator) open(name string, b openapi3.BoolSchema, m map[string]any) {
	switch {
	case b.Schema != nil:
		m[name] = t.ref(b.Schema)
	case b.Has != nil:
		m[name] = *b.Has
	}
}

func (t *translator) objects(s *openapi3.Schema, m map[string]any) {
	if len(s.Properties) > 0 {
		m["properties"] = t.named(s.Properties)
	}
	if len(s.PatternProperties) > 0 {
		m["patternProperties"] = t.named(s.PatternProperties)
	}
	if s.PropertyNames != nil {
		m["propertyNames"] = t.ref(s.PropertyNames)
	}
	t.open("additionalProperties", s.AdditionalProperties, m)
	t.open("unevaluatedProperties", s.UnevaluatedProperties, m)
	var required []any
	for _, name := range s.Required {
		if p := s.Properties[name]; p != nil && p.Value != nil &&
			(t.way == asRequest && p.Value.ReadOnly || t.way == asResponse && p.Value.WriteOnly) {
			continue
		}
		required = append(required, name)
	}
	if required != nil {
		m["required"] = required
	}
	if s.MinProps > 0 {
		m["minProperties"] = s.MinProps
	}
	if s.MaxProps != nil {
		m["maxProperties"] = *s.MaxProps
	}
	if len(s.DependentRequired) > 0 {
		m["dependentRequired"] = t.data(s.DependentRequired)
	}
	if len(s.DependentSchemas) > 0 {
		m["dependentSchemas"] = t.named(s.DependentSchemas)
	}
}

func (t *translator) combined(s *openapi3.Schema, m map[string]any) {
	if len(s.AllOf) > 0 {
		m["allOf"] = t.list(s.AllOf)
	}
	alternatives := map[string]openapi3.SchemaRefs{"anyOf": s.AnyOf, "oneOf": s.OneOf}
	for name, refs := range alternatives {
		switch {
		case len(refs) == 0:
		case s.Discriminator != nil && t.discriminated(s.Discriminator, refs, m):
		default:
			m[name] = t.list(refs)
		}
	}
	for name, r := range map[string]*openapi3.SchemaRef{"not": s.Not, "if": s.If, "then": s.Then, "else": s.Else} {
		if r != nil {
			m[name] = t.ref(r)
		}
	}
}

// discriminated writes alternatives that a property tells apart: the property's value decides, the others do not
// count. It says false where the mapping does not lead to every alternative by name; then they are plain ones.
func (t *translator) discriminated(d *openapi3.Discriminator, refs openapi3.SchemaRefs, m map[string]any) bool {
	byRef := map[string]*openapi3.SchemaRef{}
	for _, r := range refs {
		if r.Ref == "" {
			return false
		}
		byRef[r.Ref] = r
	}
	mapped := map[string]bool{}
	var values, branches []any
	for _, v := range sortedKeys(d.Mapping) {
		ref := d.Mapping[v].Ref
		r := byRef[ref]
		if r == nil {
			r = byRef[schemaPrefix+ref] // a mapping may give a bare name
		}
		if r == nil {
			return false
		}
		mapped[r.Ref] = true
		values = append(values, v)
		branches = append(branches, map[string]any{
			"if":   map[string]any{"properties": map[string]any{d.PropertyName: map[string]any{"const": v}}},
			"then": t.ref(r),
		})
	}
	if len(mapped) != len(byRef) {
		return false
	}
	m["allOf"] = append(listOf(m["allOf"]), map[string]any{
		"type": "object", "required": []any{d.PropertyName},
		"properties": map[string]any{d.PropertyName: map[string]any{"enum": values}},
	})
	m["allOf"] = append(listOf(m["allOf"]), branches...)
	return true
}

func listOf(v any) []any {
	l, _ := v.([]any)
	return l
}
