package diff

import "github.com/getkin/kin-openapi/openapi3"

const (
	// enumPairs is how many pairs of values of enum take the time of a pair of alternatives.
	enumPairs = 2500
	// partCost is how many scalars of an enum take the time of a part of an object or list there.
	partCost = 4
	// parameterPairs is how many pairs of parameters take the time of a pair of alternatives.
	parameterPairs = 900
	// tooMany bounds a count, which else grows with each level of a schema.
	tooMany = 1 << 40
)

// pairCounter counts the pairs of alternatives of schemas, and those of values of enum and of
// parameters by what they cost. A schema that stands in several places counts in each, as it does
// in the text of the document. Alternatives within alternatives count for each pair.
type pairCounter struct {
	counted map[*openapi3.Schema]int
}

// pairs counts the pairs of alternatives in a document.
func pairs(doc *openapi3.T) (n int) {
	c := pairCounter{map[*openapi3.Schema]int{}}
	if parts := doc.Components; parts != nil {
		n += c.schemas(parts.Schemas) + c.headers(parts.Headers) + c.callbacks(parts.Callbacks)
		for _, p := range parts.Parameters {
			n += c.parameter(p)
		}
		for _, b := range parts.RequestBodies {
			n += c.body(b)
		}
		for _, r := range parts.Responses {
			n += c.response(r)
		}
	}
	for _, item := range doc.Paths.Map() {
		n += c.pathItem(item)
	}
	for _, item := range doc.Webhooks {
		n += c.pathItem(item)
	}
	return n
}

func (c *pairCounter) pathItem(item *openapi3.PathItem) (n int) {
	if item == nil {
		return 0
	}
	for _, p := range item.Parameters {
		n += c.parameter(p)
	}
	for _, o := range item.Operations() {
		all := len(item.Parameters) + len(o.Parameters)
		n += all * all / parameterPairs
		for _, p := range o.Parameters {
			n += c.parameter(p)
		}
		n += c.body(o.RequestBody) + c.callbacks(o.Callbacks)
		for _, r := range o.Responses.Map() {
			n += c.response(r)
		}
	}
	return n
}

func (c *pairCounter) callbacks(all openapi3.Callbacks) (n int) {
	for _, r := range all {
		if r == nil || r.Ref != "" || r.Value == nil {
			continue
		}
		for _, item := range r.Value.Map() {
			n += c.pathItem(item)
		}
	}
	return n
}

func (c *pairCounter) parameter(r *openapi3.ParameterRef) int {
	if r == nil || r.Ref != "" || r.Value == nil {
		return 0
	}
	return c.schema(r.Value.Schema) + c.content(r.Value.Content)
}

func (c *pairCounter) body(r *openapi3.RequestBodyRef) int {
	if r == nil || r.Ref != "" || r.Value == nil {
		return 0
	}
	return c.content(r.Value.Content)
}

func (c *pairCounter) response(r *openapi3.ResponseRef) int {
	if r == nil || r.Ref != "" || r.Value == nil {
		return 0
	}
	return c.content(r.Value.Content) + c.headers(r.Value.Headers)
}

func (c *pairCounter) headers(all openapi3.Headers) (n int) {
	for _, r := range all {
		if r != nil && r.Ref == "" && r.Value != nil {
			n += c.schema(r.Value.Schema) + c.content(r.Value.Content)
		}
	}
	return n
}

func (c *pairCounter) content(content openapi3.Content) (n int) {
	for _, m := range content {
		if m != nil {
			n += c.schema(m.Schema) + c.schema(m.ItemSchema)
		}
	}
	return n
}

// schema counts the pairs of a schema and of all below it, without those of components.
func (c *pairCounter) schema(r *openapi3.SchemaRef) int {
	if r == nil || r.Ref != "" || r.Value == nil {
		return 0
	}
	s := r.Value
	if n, has := c.counted[s]; has {
		return n
	}
	n := enumCost(s.Enum) / enumPairs
	c.counted[s] = n // a schema may contain itself
	for _, list := range []openapi3.SchemaRefs{s.AllOf, s.AnyOf, s.OneOf} {
		n += len(list) * min(len(list)+c.list(list), tooMany)
	}
	for _, sub := range []*openapi3.SchemaRef{
		s.Items, s.Not, s.Contains, s.PropertyNames, s.If, s.Then, s.Else, s.ContentSchema,
		s.AdditionalProperties.Schema, s.UnevaluatedItems.Schema, s.UnevaluatedProperties.Schema,
	} {
		n += c.schema(sub)
	}
	n += c.list(s.PrefixItems) + c.schemas(s.Properties) + c.schemas(s.PatternProperties) + c.schemas(s.DependentSchemas) + c.schemas(s.Defs)
	n = min(n, tooMany)
	c.counted[s] = n
	return n
}

// enumCost returns the cost of comparing each value of an enum with each of another one, in pairs
// of scalars.
func enumCost(enum []any) int {
	parts := 0
	for _, v := range enum {
		parts += valueCost(v, 1)
	}
	return len(enum) * parts
}

// valueCost returns the parts of a value, of which a scalar that is no part of another value counts
// once.
func valueCost(v any, scalar int) (n int) {
	switch v := v.(type) {
	case map[string]any:
		for _, member := range v {
			n += valueCost(member, partCost)
		}
	case []any:
		for _, element := range v {
			n += valueCost(element, partCost)
		}
	default:
		return scalar
	}
	return n + partCost
}

func (c *pairCounter) list(list openapi3.SchemaRefs) (n int) {
	for _, r := range list {
		n += c.schema(r)
	}
	return n
}

func (c *pairCounter) schemas(all openapi3.Schemas) (n int) {
	for _, r := range all {
		n += c.schema(r)
	}
	return n
}
