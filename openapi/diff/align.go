package diff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi/router"
)

// align writes the paths of two documents below the same prefix if their servers have different
// ones and more of their paths are then equal: /v1/pets at https://a.example is /pets at
// https://a.example/v1. Paths are written as in a, unless b has some outside of a's prefix. It
// reports whether it wrote any.
func align(a, b *openapi3.T) bool {
	docs := [2]*openapi3.T{a, b}
	full := [2]map[string]*openapi3.PathItem{}
	for i, doc := range docs {
		full[i] = map[string]*openapi3.PathItem{}
		for path, item := range doc.Paths.Map() {
			full[i][prefixOf(doc, item)+path] = item
		}
		if len(full[i]) < doc.Paths.Len() {
			return false // two servers have the same path
		}
	}
	if common(full[0], full[1]) <= common(a.Paths.Map(), b.Paths.Map()) {
		return false
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
	return true
}

// prefixOf returns the prefix of the first server of a path: of its first operation with other
// servers than the document, by method, or else of the document.
func prefixOf(doc *openapi3.T, item *openapi3.PathItem) string {
	if item != nil {
		operations := item.Operations()
		for _, method := range keys(operations) {
			if servers, isOwn := serversOf(doc, item, operations[method]); isOwn {
				return router.Prefix(servers)
			}
		}
	}
	return router.Prefix(doc.Servers)
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

// ServerPathRemoved is the ID of a change of the paths of servers, which oasdiff has no rule for.
const ServerPathRemoved = "api-server-path-removed"

// serverChanges lists the paths of servers that are gone, such as /v1 in https://a.example/v1: of
// the documents, and of operations with servers of their own. Without servers, the path is unknown.
// Hosts do not count: documents name those of tests, and others than clients use.
func serverChanges(a, b *openapi3.T) (changes []Change) {
	compare := func(method, path string, was, is openapi3.Servers) {
		gone := slices.DeleteFunc(router.Prefixes(was), func(p string) bool { return slices.Contains(router.Prefixes(is), p) })
		if len(was) == 0 || len(is) == 0 || len(gone) == 0 {
			return
		}
		text := fmt.Sprintf("the server path %s was removed: servers have %s", prefixText(gone), prefixText(router.Prefixes(is)))
		changes = append(changes, Change{ID: ServerPathRemoved, Level: Breaking, Method: method, Path: path, Text: line(text)})
	}
	compare("", "", a.Servers, b.Servers)
	for path, item := range a.Paths.Map() {
		other := b.Paths.Value(path)
		if item == nil || other == nil {
			continue
		}
		operations := other.Operations()
		for method, o := range item.Operations() {
			p := operations[method]
			if p == nil {
				continue
			}
			was, isOwn := serversOf(a, item, o)
			is, isTheirs := serversOf(b, other, p)
			if isOwn || isTheirs {
				compare(method, path, was, is)
			}
		}
	}
	return changes
}

// serversOf returns the servers of an operation, and whether they are not those of the document.
func serversOf(doc *openapi3.T, item *openapi3.PathItem, o *openapi3.Operation) (servers openapi3.Servers, isOwn bool) {
	switch {
	case o.Servers != nil && len(*o.Servers) > 0:
		return *o.Servers, true
	case len(item.Servers) > 0:
		return item.Servers, true
	}
	return doc.Servers, false
}

func prefixText(prefixes []string) string {
	var out []string
	for _, p := range prefixes {
		out = append(out, "`"+cmp.Or(p, "/")+"`")
	}
	return strings.Join(out, ", ")
}
