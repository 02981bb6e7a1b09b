package infer

import "github.com/spectap/spectap/infer/schema"

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
	references := map[string]int{}
	var count func(*schema.Schema)
	refer := func(name string) {
		if references[name]++; references[name] == 1 {
			components[name].Walk(count)
		}
	}
	count = func(s *schema.Schema) {
		if s.Ref != "" {
			refer(s.Ref)
		}
		if s.Discriminator != nil {
			for _, m := range s.Discriminator.Mapping {
				refer(m.Ref)
			}
		}
	}
	for _, e := range endpoints {
		e.op.EachSchema(func(_ string, s *schema.Schema) { s.Walk(count) })
	}
	return references
}
