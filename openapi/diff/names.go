package diff

import (
	"regexp"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi/router"
)

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// alignNames writes the paths of b that a has with other names of parameters as a does. Oasdiff
// would look for each of them among all paths, which takes seconds for 2,000.
func alignNames(a, b *openapi3.T) {
	templates := map[string]string{}
	for path := range a.Paths.Map() {
		templates[router.TemplateShape(path)] = path
	}
	paths := &openapi3.Paths{Extensions: b.Paths.Extensions}
	for _, path := range keys(b.Paths.Map()) {
		item, name := b.Paths.Value(path), templates[router.TemplateShape(path)]
		if name != "" && a.Paths.Value(path) == nil && b.Paths.Value(name) == nil && paths.Value(name) == nil {
			item = withNames(item, parameter.FindAllString(path, -1), parameter.FindAllString(name, -1))
			path = name
		}
		paths.Set(path, item)
	}
	b.Paths = paths
}

// withNames returns a path with other names of its parameters, which are given in braces.
func withNames(item *openapi3.PathItem, from, to []string) *openapi3.PathItem {
	renamed := map[string]string{}
	for i, name := range from {
		renamed[name] = to[i]
	}
	out := *item
	for method, o := range item.Operations() {
		copied := *o
		copied.Parameters = nil
		for _, r := range o.Parameters {
			if name := renamed["{"+r.Value.Name+"}"]; name != "" && r.Value.In == openapi3.ParameterInPath {
				p := *r.Value
				p.Name = name[1 : len(name)-1]
				r = &openapi3.ParameterRef{Value: &p}
			}
			copied.Parameters = append(copied.Parameters, r)
		}
		out.SetOperation(method, &copied)
	}
	return &out
}
