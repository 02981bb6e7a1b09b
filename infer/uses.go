package infer

import (
	"slices"

	"github.com/spectap/spectap/infer/schema"
)

// usedComponents lists, by name, the components that operations and other components refer to.
func usedComponents(cs []*candidate, all map[string]*schema.Schema) (out []schema.Component) {
	for _, name := range sortedKeys(usesOf(cs, all)) {
		out = append(out, schema.Component{Name: name, Schema: all[name]})
	}
	return out
}

// usesOf counts how often operations, and the components that they lead to, refer to each component.
func usesOf(cs []*candidate, all map[string]*schema.Schema) map[string]int {
	uses := map[string]int{}
	var walk func(s *schema.Schema)
	walk = func(s *schema.Schema) {
		if s == nil {
			return
		}
		if s.Ref != "" {
			if uses[s.Ref]++; uses[s.Ref] == 1 {
				walk(all[s.Ref])
			}
		}
		for _, p := range s.Properties {
			walk(p.Schema)
		}
		for _, one := range slices.Concat(s.AnyOf, s.OneOf, s.Prefix, []*schema.Schema{s.Additional, s.Items}) {
			walk(one)
		}
		if s.Discriminator != nil {
			for _, m := range s.Discriminator.Mapping {
				walk(&schema.Schema{Ref: m.Ref})
			}
		}
	}
	for _, c := range cs {
		for _, q := range c.op.Params {
			walk(q.Schema)
		}
		if c.op.Request != nil {
			for _, m := range c.op.Request.Content {
				walk(m.Schema)
			}
		}
		for _, r := range c.op.Responses {
			for _, m := range r.Content {
				walk(m.Schema)
			}
		}
	}
	return uses
}
