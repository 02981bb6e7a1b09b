package diff

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// maxParts bounds the parts of all schemas that flatten adds to a document. A document can state
// more combinations of its schemas than it has characters.
const maxParts = 100_000

// flattener replaces the allOf of schemas by the keywords of its parts.
//
// oasdiff compares the parts of an allOf one by one, so that it cannot see that one part requires a
// property which another part declares, or that two parts together narrow a type. It has a merger,
// too, which fails on parts that contradict each other and drops keywords that it has no rule for.
// This one drops nothing: keywords that cannot be merged stay in an allOf.
type flattener struct {
	budget
	merged   map[string]*openapi3.Schema              // by the parts, see keyOf
	content  map[*openapi3.Schema]openapi3.Schema     // the merged form of each schema
	parts    map[*openapi3.Schema]openapi3.SchemaRefs // of the schemas in merged
	ids      map[*openapi3.Schema]int
	required map[string]bool // properties that the current schema requires
	nulls    map[*openapi3.Schema]nullness
	todo     []conjunction
	added    int // parts of the schemas in merged
}

// conjunction is a schema that is to be merged from others.
type conjunction struct {
	schema *openapi3.Schema
	parts  openapi3.SchemaRefs
	null   bool // whether all parts together admit null
}

const (
	mergeCost = 250  // the steps of the merge of a part
	restCost  = 1000 // those to keep what cannot be merged, a kilobyte
)

// flatten merges the allOf of every schema of a document in at most limit steps. It modifies the
// schemas of the document.
func flatten(doc *openapi3.T, limit int) (err error) {
	defer catch(&err)
	f := &flattener{
		budget: budget{limit: limit}, nulls: map[*openapi3.Schema]nullness{},
		merged: map[string]*openapi3.Schema{}, content: map[*openapi3.Schema]openapi3.Schema{},
		parts: map[*openapi3.Schema]openapi3.SchemaRefs{}, ids: map[*openapi3.Schema]int{},
	}
	openapi.EachSchema(doc, func(r *openapi3.SchemaRef) {
		if len(r.Value.AllOf) > 0 {
			null := f.admitNull(openapi3.SchemaRefs{r})
			f.todo = append(f.todo, conjunction{r.Value, f.partsOf(r), null})
		}
	})
	// Schemas are read as the document has them until all are merged.
	for len(f.todo) > 0 {
		c := f.todo[0]
		f.todo = f.todo[1:]
		content := f.merge(c.parts)
		content.Nullable = c.null
		f.content[c.schema] = content
	}
	for s, content := range f.content {
		*s = content
	}
	return nil
}

// partsOf returns the schemas that a value must be valid against to be valid against r: its own
// keywords, then those of its allOf at any depth, each once.
func (f *flattener) partsOf(r *openapi3.SchemaRef) openapi3.SchemaRefs {
	var out openapi3.SchemaRefs
	seen := map[*openapi3.Schema]bool{}
	var visit func(*openapi3.SchemaRef)
	visit = func(r *openapi3.SchemaRef) {
		if r == nil || r.Value == nil || seen[r.Value] {
			return
		}
		seen[r.Value] = true
		f.spend(1)
		for _, part := range f.parts[r.Value] {
			visit(part)
		}
		if f.parts[r.Value] != nil {
			return
		}
		out = append(out, r)
		for _, part := range r.Value.AllOf {
			visit(part)
		}
	}
	visit(r)
	return out
}

// both returns a schema for the values that are valid against all of the given ones, some of which
// may be nil, or nil if all are.
func (f *flattener) both(refs ...*openapi3.SchemaRef) *openapi3.SchemaRef {
	refs = slices.DeleteFunc(refs, func(r *openapi3.SchemaRef) bool { return r == nil || r.Value == nil })
	var parts openapi3.SchemaRefs
	has := map[*openapi3.Schema]bool{}
	for _, r := range refs {
		for _, p := range f.partsOf(r) {
			if !has[p.Value] {
				has[p.Value] = true
				parts = append(parts, p)
			}
		}
	}
	switch {
	case len(parts) == 0:
		return nil
	case len(f.partsOf(refs[0])) == len(parts):
		return refs[0] // the others say nothing more
	}
	key := f.keyOf(parts)
	s := f.merged[key]
	switch {
	case s != nil:
	case f.added > maxParts:
		s = &openapi3.Schema{AllOf: slices.Clone(refs)}
	default:
		s = new(openapi3.Schema)
		f.added += len(parts)
		f.merged[key], f.parts[s] = s, parts
		f.todo = append(f.todo, conjunction{s, parts, f.admitNull(refs)})
	}
	return &openapi3.SchemaRef{Value: s}
}

// keyOf identifies a set of schemas.
func (f *flattener) keyOf(parts openapi3.SchemaRefs) string {
	ids := make([]int, len(parts))
	for i, p := range parts {
		if f.ids[p.Value] == 0 {
			f.ids[p.Value] = len(f.ids) + 1
		}
		ids[i] = f.ids[p.Value]
	}
	slices.Sort(ids)
	return fmt.Sprint(ids)
}

// merge returns one schema for the values that are valid against all parts. The first part is the
// schema that has the others in its allOf.
func (f *flattener) merge(parts openapi3.SchemaRefs) openapi3.Schema {
	out := *parts[0].Value
	out.AllOf = nil
	if out.Always != nil && *out.Always {
		out.Always = nil // true has no effect, and cannot have siblings
	}
	out.Required = slices.Clone(out.Required)
	f.required = openapi.RequiredOf(&out)
	out.Extensions = maps.Clone(out.Extensions)
	out.Properties = f.properties(parts)
	for _, p := range parts[1:] {
		f.spend(mergeCost + len(p.Value.Required) + len(p.Value.Extensions))
		if rest := f.into(&out, p.Value); !reflect.DeepEqual(*rest, openapi3.Schema{}) {
			f.spend(restCost)
			out.AllOf = append(out.AllOf, &openapi3.SchemaRef{Value: rest})
		}
	}
	if rest := out.UnevaluatedProperties; rest.Has != nil && len(out.AllOf)+len(out.AnyOf)+len(out.OneOf) == 0 {
		out.AdditionalProperties, out.UnevaluatedProperties = rest, openapi3.BoolSchema{} // there are no others
	}
	return out
}

// nullness is the effect of the keyword nullable of 3.0 on null.
type nullness int

const (
	nullUnknown nullness = iota // it has no effect, or is being read
	nullAdmitted
	nullRefused
)

// admitNull reports whether all of the schemas admit null by the keyword nullable of 3.0. Documents
// write it next to an allOf whose parts have the type.
func (f *flattener) admitNull(refs openapi3.SchemaRefs) bool {
	some := false
	for _, r := range refs {
		f.spend(1)
		switch f.nullOf(r.Value) {
		case nullAdmitted:
			some = true
		case nullRefused:
			return false
		}
	}
	return some
}

func (f *flattener) nullOf(s *openapi3.Schema) nullness {
	if s == nil {
		return nullUnknown
	}
	if n, has := f.nulls[s]; has {
		return n
	}
	f.nulls[s] = nullUnknown
	switch {
	case s.Nullable:
		f.nulls[s] = nullAdmitted
	case s.Type != nil:
		f.nulls[s] = nullRefused
	case len(s.AllOf) > 0:
		n := nullRefused
		if f.admitNull(s.AllOf) {
			n = nullAdmitted
		}
		f.nulls[s] = n
	}
	return f.nulls[s]
}
