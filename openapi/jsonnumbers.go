package openapi

import "github.com/getkin/kin-openapi/openapi3"

func (t *translator) numbers(s *openapi3.Schema, m map[string]any) {
	number := func(name string, v float64) any {
		if n, ok := ExactNumber(s, name); ok {
			return n
		}
		return t.data(v)
	}
	bound := func(name string, v *float64, exclusive openapi3.ExclusiveBound) {
		if v != nil {
			m[name] = number(name, *v)
		}
		exclusiveName := "exclusive" + string(name[0]-'a'+'A') + name[1:]
		if exclusive.Bool != nil && *exclusive.Bool && v != nil {
			m[exclusiveName] = m[name]
		}
		if exclusive.Value != nil {
			m[exclusiveName] = number(exclusiveName, *exclusive.Value)
		}
	}
	bound("minimum", s.Min, s.ExclusiveMin)
	bound("maximum", s.Max, s.ExclusiveMax)
	if s.MultipleOf != nil {
		m["multipleOf"] = number("multipleOf", *s.MultipleOf)
	}
}
