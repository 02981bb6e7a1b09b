package diff

import (
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi/router"
)

// align writes the paths of two documents below the same prefix if their servers have different
// ones and more of their paths are then equal: /v1/pets at https://a.example is /pets at
// https://a.example/v1. Paths are written as in a, unless b has some outside of a's prefix.
func align(a, b *openapi3.T) {
	docs := [2]*openapi3.T{a, b}
	full := [2]map[string]*openapi3.PathItem{}
	for i, doc := range docs {
		full[i] = map[string]*openapi3.PathItem{}
		for path, item := range doc.Paths.Map() {
			full[i][prefixOf(doc, item)+path] = item
		}
		if len(full[i]) < doc.Paths.Len() {
			return // two servers have the same path
		}
	}
	if common(full[0], full[1]) <= common(a.Paths.Map(), b.Paths.Map()) {
		return
	}
	prefix := router.Prefix(a.Servers)
	for i := range docs {
		for path := range full[i] {
			if !strings.HasPrefix(path, prefix+"/") {
				prefix = ""
			}
		}
	}
	for i, doc := range docs {
		paths := &openapi3.Paths{Extensions: doc.Paths.Extensions}
		for path, item := range full[i] {
			paths.Set(path[len(prefix):], item)
		}
		doc.Paths = paths
	}
}

// prefixOf returns the prefix of the first server of a path: of its first operation with servers of
// its own, by method, or else of the path or the document.
func prefixOf(doc *openapi3.T, item *openapi3.PathItem) string {
	servers := doc.Servers
	if item != nil {
		if len(item.Servers) > 0 {
			servers = item.Servers
		}
		operations := item.Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			if own := operations[method].Servers; own != nil && len(*own) > 0 {
				servers = *own
				break
			}
		}
	}
	return router.Prefix(servers)
}

// common counts the paths of x that y has, ignoring the names of parameters.
func common(x, y map[string]*openapi3.PathItem) (n int) {
	has := map[string]bool{}
	for path := range y {
		has[router.TemplateShape(path)] = true
	}
	for path := range x {
		if has[router.TemplateShape(path)] {
			n++
		}
	}
	return n
}
