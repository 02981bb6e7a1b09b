package mcptools

import (
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi"
)

// findOperation finds an operation by its template or by a path that it takes, with or without the servers' prefix.
func findOperation(doc *openapi3.T, method, path string) (*openapi3.Operation, string, error) {
	method = strings.ToUpper(method)
	path, _, _ = strings.Cut(path, "?")
	if item := doc.Paths.Find(path); item != nil {
		if o := item.Operations()[method]; o != nil {
			return o, path, nil
		}
	}
	r, err := openapi.NewRouter(doc)
	if err != nil {
		return nil, "", err
	}
	if m, ok := r.FindPath(method, "", path); ok {
		return m.Operation, m.Template, nil
	}
	for _, srv := range doc.Servers {
		_, rest, _ := strings.Cut(srv.URL, "://")
		if at := strings.IndexByte(rest, '/'); at >= 0 {
			if template, ok := strings.CutPrefix(path, strings.TrimRight(rest[at:], "/")); ok {
				if item := doc.Paths.Find(template); item != nil && item.Operations()[method] != nil {
					return item.Operations()[method], template, nil
				}
			}
			if m, ok := r.FindPath(method, "", strings.TrimRight(rest[at:], "/")+path); ok {
				return m.Operation, m.Template, nil
			}
		}
	}
	hint := "list_operations lists those there are"
	if like := similar(doc, method, path); len(like) > 0 {
		hint = "there are " + strings.Join(like, ", ") + "; " + hint
	}
	e := tool.Errorf(tool.CodeUnknownOperation, hint, "the document has no %s of that path", view.Cut(view.Visible(method), 40))
	e.Argument = "path"
	return nil, "", e
}

// maxSimilar is how many operations an error names that may have been meant.
const maxSimilar = 5

// similar are operations of the same path, or of paths that have the last word of it in them; those of the method first.
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
		for _, m := range sortedKeys(doc.Paths.Find(template).Operations()) {
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
