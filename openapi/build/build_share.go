package build

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/openapi/internal/layout"
)

// minShared is how often a parameter, header or body must occur to become a component. Two equal ones are easier to read
// where they stand than through a reference.
const minShared = 3

// share writes what many operations have once and refers to it: what all operations of a path say of its parameters
// stands with the path; parameters, bodies of requests and answers are components.
func share(doc *openapi3.T) {
	hoist(doc)
	var params, bodies, answers []shareable
	for _, path := range sortedPaths(doc) {
		item := doc.Paths.Value(path)
		params = append(params, shareableParameters(doc, item.Parameters)...)
		for _, op := range operationsOf(item) {
			params = append(params, shareableParameters(doc, op.Parameters)...)
			if r := op.RequestBody; r != nil {
				value := r.Value
				bodies = append(bodies, shareable{data: compact(value), names: bodyNames(value), refer: func(name string) {
					made(&partsOf(doc).RequestBodies)[name] = &openapi3.RequestBodyRef{Value: value}
					r.Ref, r.Value = layout.BodyPrefix+name, nil
				}})
			}
			for _, status := range sortedStatuses(op.Responses) {
				r := op.Responses.Value(status)
				value := r.Value
				if len(value.Content) == 0 && len(value.Headers) == 0 && len(value.Links) == 0 {
					continue // no longer than a reference
				}
				answers = append(answers, shareable{data: compact(value), names: responseNames(status, value), refer: func(name string) {
					made(&partsOf(doc).Responses)[name] = &openapi3.ResponseRef{Value: value}
					r.Ref, r.Value = layout.ResponsePrefix+name, nil
				}})
			}
		}
	}
	shareEqual(params)
	shareEqual(bodies)
	shareEqual(answers)
}

func shareableParameters(doc *openapi3.T, list openapi3.Parameters) (out []shareable) {
	for _, p := range list {
		value := p.Value
		out = append(out, shareable{data: compact(value), names: parameterNames(value), refer: func(name string) {
			made(&partsOf(doc).Parameters)[name] = &openapi3.ParameterRef{Value: value}
			p.Ref, p.Value = layout.ParameterPrefix+name, nil
		}})
	}
	return out
}

// hoist moves the parameters of a path's template that all of its operations describe alike to the path.
func hoist(doc *openapi3.T) {
	for _, path := range sortedPaths(doc) {
		item := doc.Paths.Value(path)
		ops := operationsOf(item)
		if len(ops) < 2 {
			continue
		}
		for _, p := range slices.Clone(ops[0].Parameters) {
			same := func(q *openapi3.ParameterRef) bool { return compact(q.Value) == compact(p.Value) }
			if p.Value.In != openapi3.ParameterInPath ||
				slices.ContainsFunc(ops, func(op *openapi3.Operation) bool { return !slices.ContainsFunc(op.Parameters, same) }) {
				continue
			}
			item.Parameters = append(item.Parameters, p)
			for _, op := range ops {
				op.Parameters = slices.DeleteFunc(op.Parameters, same)
			}
		}
	}
}

// shareable is one place of a document that may refer to a component instead.
type shareable struct {
	data  string            // its content
	names []string          // what the component may be called, the best first; none: it stays where it is
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
		i := slices.IndexFunc(g[0].names, func(name string) bool { return !taken[strings.ToLower(name)] })
		if i < 0 {
			continue // a number for a name would tell less than the thing itself
		}
		name := g[0].names[i]
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

// responseNames calls a success by what it holds, a failure by its status, then by its schema.
func responseNames(status string, r *openapi3.Response) []string {
	code, _ := strconv.Atoi(status)
	base := identifier(noun.Pascal(noun.Words(cmp.Or(http.StatusText(code), "Status"+status))...))
	held := heldBy(r.Content)
	if status < "300" && len(held) > 0 {
		return append(held, base+held[0])
	}
	names := []string{base}
	for _, c := range held {
		if c != base {
			names = append(names, base+c)
		}
	}
	return names
}

// bodyNames calls the body of a request by what it holds.
func bodyNames(r *openapi3.RequestBody) []string { return heldBy(r.Content) }

// heldBy names the components that bodies are, or list.
func heldBy(content openapi3.Content) (names []string) {
	for _, key := range sortedKeys(content) {
		s := content[key].Schema
		if s == nil {
			continue
		}
		suffix := ""
		if s.Value != nil && s.Value.Items != nil {
			s, suffix = s.Value.Items, "List"
		}
		if c, ok := strings.CutPrefix(s.Ref, layout.SchemaPrefix); ok {
			names = append(names, c+suffix)
		}
	}
	return names
}

// partsOf returns the components of a document, made when there are none.
func partsOf(doc *openapi3.T) *openapi3.Components {
	if doc.Components == nil {
		doc.Components = &openapi3.Components{}
	}
	return doc.Components
}

// made is a map of components, made when there is none.
func made[M ~map[string]V, V any](m *M) M {
	if *m == nil {
		*m = M{}
	}
	return *m
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
