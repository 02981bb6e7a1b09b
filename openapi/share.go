package openapi

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/infer/noun"
)

const (
	parameterPrefix = "#/components/parameters/"
	responsePrefix  = "#/components/responses/"

	// minShared is how often a parameter, a header or an error is written before it becomes a component: two of a kind
	// are read faster where they stand, and a reference has its price.
	minShared = 3
)

// share writes parameters and errors that many operations have once, as components, and refers to them.
func share(doc *openapi3.T) {
	var params, errors []shareable
	for _, path := range sortedPaths(doc) {
		for _, op := range operationsOf(doc.Paths.Value(path)) {
			for _, p := range op.Parameters {
				value := p.Value
				params = append(params, shareable{data: compact(p.Value), names: parameterNames(p.Value), refer: func(name string) {
					sharedParameters(doc)[name] = &openapi3.ParameterRef{Value: value}
					p.Ref, p.Value = parameterPrefix+name, nil
				}})
			}
			for _, status := range sortedStatuses(op.Responses) {
				if status < "400" || status > "599" {
					continue // what a success answers is told best by its schema
				}
				r := op.Responses.Value(status)
				value := r.Value
				if len(r.Value.Content) == 0 && len(r.Value.Headers) == 0 && len(r.Value.Links) == 0 {
					continue // no longer than a reference
				}
				errors = append(errors, shareable{data: compact(r.Value), names: responseNames(status, r.Value), refer: func(name string) {
					sharedResponses(doc)[name] = &openapi3.ResponseRef{Value: value}
					r.Ref, r.Value = responsePrefix+name, nil
				}})
			}
		}
	}
	shareEqual(params)
	shareEqual(errors)
}

// shareable is one place of a document that may refer to a component instead.
type shareable struct {
	data  string            // its content
	names []string          // what the component may be called, the best first
	refer func(name string) // makes it a component, or a reference to it
}

// shareEqual makes components of parts that are often equal, the most frequent first, and names them apart.
func shareEqual(parts []shareable) {
	groups := map[string][]shareable{}
	for _, p := range parts {
		groups[p.data] = append(groups[p.data], p)
	}
	var order []string
	for data, g := range groups {
		if len(g) >= minShared && data != "" {
			order = append(order, data)
		}
	}
	slices.SortFunc(order, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(groups[b]), len(groups[a])), strings.Compare(a, b))
	})
	taken := map[string]bool{}
	for _, data := range order {
		g := groups[data]
		name := ""
		for i := 0; name == "" || taken[strings.ToLower(name)]; i++ {
			if name = g[0].names[min(i, len(g[0].names)-1)]; i >= len(g[0].names) {
				name += strconv.Itoa(i - len(g[0].names) + 2)
			}
		}
		taken[strings.ToLower(name)] = true
		for _, p := range g {
			p.refer(name)
		}
	}
}

// parameterNames calls a parameter by its name, then by its place, then by its type.
func parameterNames(p *openapi3.Parameter) []string {
	base := identifier(noun.Pascal(noun.Words(p.Name)...))
	names := []string{base, base + noun.Pascal(p.In)}
	if p.Schema != nil && p.Schema.Value != nil && len(p.Schema.Value.Type.Slice()) == 1 {
		names = append(names, base+noun.Pascal(p.Schema.Value.Type.Slice()[0]))
	}
	return names
}

// responseNames calls an error by its status, then by its schema.
func responseNames(status string, r *openapi3.Response) []string {
	code, _ := strconv.Atoi(status)
	base := identifier(noun.Pascal(noun.Words(first(http.StatusText(code), "Status"+status))...))
	names := []string{base}
	for _, key := range sortedKeys(r.Content) {
		if s := r.Content[key].Schema; s != nil {
			if c, ok := strings.CutPrefix(s.Ref, schemaPrefix); ok && c != base {
				names = append(names, base+c)
			}
		}
	}
	return names
}

// unshared returns a document, as data, with the components that [share] made written where they are used.
func unshared(doc any) any {
	root, _ := doc.(map[string]any)
	components, _ := root["components"].(map[string]any)
	whole := func(v any, section, prefix string) any {
		m, _ := v.(map[string]any)
		ref, _ := m["$ref"].(string)
		all, _ := components[section].(map[string]any)
		if to := all[strings.TrimPrefix(ref, prefix)]; strings.HasPrefix(ref, prefix) && to != nil {
			return to
		}
		return v
	}
	paths, _ := root["paths"].(map[string]any)
	for _, item := range paths {
		ops, _ := item.(map[string]any)
		for _, v := range ops {
			op, _ := v.(map[string]any)
			params, _ := op["parameters"].([]any)
			for i, p := range params {
				params[i] = whole(p, "parameters", parameterPrefix)
			}
			responses, _ := op["responses"].(map[string]any)
			for status, r := range responses {
				responses[status] = whole(r, "responses", responsePrefix)
			}
		}
	}
	delete(components, "parameters")
	delete(components, "responses")
	return root
}

func sharedParameters(doc *openapi3.T) openapi3.ParametersMap {
	if doc.Components == nil {
		doc.Components = &openapi3.Components{}
	}
	if doc.Components.Parameters == nil {
		doc.Components.Parameters = openapi3.ParametersMap{}
	}
	return doc.Components.Parameters
}

func sharedResponses(doc *openapi3.T) openapi3.ResponseBodies {
	if doc.Components == nil {
		doc.Components = &openapi3.Components{}
	}
	if doc.Components.Responses == nil {
		doc.Components.Responses = openapi3.ResponseBodies{}
	}
	return doc.Components.Responses
}

func sortedPaths(doc *openapi3.T) []string { return sortedKeys(doc.Paths.Map()) }

func sortedStatuses(r *openapi3.Responses) []string { return sortedKeys(r.Map()) }

// operationsOf lists the operations of a path by method.
func operationsOf(item *openapi3.PathItem) []*openapi3.Operation {
	ops := item.Operations()
	var out []*openapi3.Operation
	for _, method := range sortedKeys(ops) {
		out = append(out, ops[method])
	}
	return out
}

// compact is a part of a document as JSON, "" when it cannot be written.
func compact(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(data)
}
