package infer

import (
	"slices"

	"github.com/spectap/spectap/infer/schema"
)

// byName returns the schemas of components by name.
func byName(components []schema.Component) map[string]*schema.Schema {
	m := make(map[string]*schema.Schema, len(components))
	for _, c := range components {
		m[c.Name] = c.Schema
	}
	return m
}

// usedComponents returns the components that operations and other used components refer to, by
// name.
func usedComponents(endpoints []*endpoint, components map[string]*schema.Schema) (used []schema.Component) {
	for _, name := range sortedKeys(countReferences(endpoints, components)) {
		used = append(used, schema.Component{Name: name, Schema: components[name]})
	}
	return used
}

// countReferences counts the references to each component, from operations and from used
// components.
func countReferences(endpoints []*endpoint, components map[string]*schema.Schema) map[string]int {
	c := referenceCounter{components, map[string]int{}}
	for _, e := range endpoints {
		for _, q := range e.op.Params {
			c.count(q.Schema)
		}
		if e.op.Request != nil {
			for _, m := range e.op.Request.Content {
				c.count(m.Schema)
			}
		}
		for _, r := range e.op.Responses {
			for _, m := range r.Content {
				c.count(m.Schema)
			}
		}
	}
	return c.references
}

type referenceCounter struct {
	components map[string]*schema.Schema
	references map[string]int
}

// count counts the references in a schema, and in each component when it is first referred to.
func (c *referenceCounter) count(s *schema.Schema) {
	if s == nil {
		return
	}
	if s.Ref != "" {
		c.references[s.Ref]++
		if c.references[s.Ref] == 1 {
			c.count(c.components[s.Ref])
		}
	}
	for _, p := range s.Properties {
		c.count(p.Schema)
	}
	for _, inner := range slices.Concat(s.AnyOf, s.OneOf, s.Prefix, []*schema.Schema{s.Additional, s.Items}) {
		c.count(inner)
	}
	if s.Discriminator != nil {
		for _, m := range s.Discriminator.Mapping {
			c.count(&schema.Schema{Ref: m.Ref})
		}
	}
}
