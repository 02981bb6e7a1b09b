package diff

import (
	"regexp"

	"github.com/getkin/kin-openapi/openapi3"
)

// split divides two documents: into the paths that both have, whatever their parameters are called,
// with all else of the documents; and into the paths that only one has. oasdiff compares each path
// that the other document lacks with all paths of that document, three times, which takes seconds
// for 2,000 paths.
func split(a, b *openapi3.T) (common, others [2]*openapi3.T) {
	docs := [2]*openapi3.T{a, b}
	var templates [2]map[string]bool // without names of parameters
	for i, doc := range docs {
		templates[i] = map[string]bool{}
		for path := range doc.Paths.Map() {
			templates[i][withoutNames(path)] = true
		}
	}
	for i, doc := range docs {
		withOther, alone := *doc, openapi3.T{OpenAPI: doc.OpenAPI, Info: doc.Info, Security: doc.Security}
		withOther.Paths, alone.Paths = new(openapi3.Paths), new(openapi3.Paths)
		for path, item := range doc.Paths.Map() {
			if templates[1-i][withoutNames(path)] {
				withOther.Paths.Set(path, item)
			} else {
				alone.Paths.Set(path, item)
			}
		}
		if doc.Paths != nil {
			withOther.Paths.Extensions = doc.Paths.Extensions
		}
		common[i], others[i] = &withOther, &alone
	}
	return common, others
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// withoutNames returns a path template without the names of its parameters.
func withoutNames(path string) string { return parameter.ReplaceAllLiteralString(path, "{}") }
