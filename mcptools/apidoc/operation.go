// Package apidoc reads OpenAPI documents for tools: it loads documents that a caller gives
// ([Load]), finds operations ([Find]), cuts out one operation with its components ([Extract]) and
// encodes documents ([Encoder]).
//
// The package may import openapi, openapi/router, mcptools/tool and mcptools/view. Read
// operation.go first.
package apidoc

import (
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi/router"
)

// Find returns an operation and its path template. path is the template or a requested path, with
// or without the path prefix of the document's servers. The error is a *[tool.Error] that names
// similar operations.
func Find(doc *openapi3.T, method, path string) (*openapi3.Operation, string, error) {
	method = strings.ToUpper(method)
	path, _, _ = strings.Cut(path, "?")
	if o, template := operationAt(doc, method, path); o != nil {
		return o, template, nil
	}
	r, err := router.New(doc)
	if err != nil {
		return nil, "", err
	}
	if m, ok := r.FindPath(method, "", path); ok {
		return m.Operation, m.Template, nil
	}
	for _, server := range doc.Servers {
		_, rest, _ := strings.Cut(server.URL, "://")
		slash := strings.IndexByte(rest, '/')
		if slash < 0 {
			continue
		}
		prefix := strings.TrimRight(rest[slash:], "/")
		if below, ok := strings.CutPrefix(path, prefix); ok {
			if o, template := operationAt(doc, method, below); o != nil {
				return o, template, nil
			}
		}
		if m, ok := r.FindPath(method, "", prefix+path); ok {
			return m.Operation, m.Template, nil
		}
	}
	hint := "list_operations lists all operations"
	if like := similar(doc, method, path); len(like) > 0 {
		hint = "there are " + strings.Join(like, ", ") + "; " + hint
	}
	e := tool.Errorf(tool.CodeUnknownOperation, hint, "the document has no %s operation with this path",
		view.Cut(view.Visible(method), 40))
	e.Argument = "path"
	return nil, "", e
}

// operationAt returns the operation with this template, and its template in the document: the names
// of parameters may differ, and may have a type as in {id:int}. It returns nil if there is none.
func operationAt(doc *openapi3.T, method, path string) (*openapi3.Operation, string) {
	if item := doc.Paths.Value(path); item != nil {
		return item.Operations()[method], path
	}
	if !strings.Contains(path, "{") {
		return nil, ""
	}
	want := router.TemplateShape(path)
	for _, template := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		if router.TemplateShape(template) != want {
			continue
		}
		if o := doc.Paths.Value(template).Operations()[method]; o != nil {
			return o, template
		}
	}
	return nil, ""
}

// maxSimilar is the number of operations that an error suggests.
const maxSimilar = 5

// similar returns operations with the same path, or with the last word of path in their templates.
// Operations with the same method come first.
func similar(doc *openapi3.T, method, path string) []string {
	segments := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	word := ""
	for _, s := range segments {
		if !strings.ContainsAny(s, "{}") && len(s) > 2 {
			word = strings.ToLower(s)
		}
	}
	var same, other []string
	for _, template := range doc.Paths.InMatchingOrder() {
		if template != path && (word == "" || !strings.Contains(strings.ToLower(template), word)) {
			continue
		}
		for _, m := range slices.Sorted(maps.Keys(doc.Paths.Find(template).Operations())) {
			name := view.Cut(view.Visible(m+" "+template), 200)
			if m == method {
				same = append(same, name)
			} else {
				other = append(other, name)
			}
		}
	}
	slices.Sort(same)
	slices.Sort(other)
	all := append(same, other...)
	return all[:min(len(all), maxSimilar)]
}
