package build

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/openapi"
)

// minShared is how often a parameter, header or body must occur to become a component. Two equal
// ones are easier to read where they stand than through a reference.
const minShared = 3

// share writes once what many operations repeat. Path parameters that all operations of a path
// describe alike move to the path item. Equal parameters, request bodies and responses become
// components.
func share(doc *openapi3.T) {
	hoist(doc)
	var params, bodies, responses []shareable
	for _, path := range sortedPaths(doc) {
		item := doc.Paths.Value(path)
		params = append(params, shareableParameters(doc, item.Parameters)...)
		for _, op := range operationsOf(item) {
			params = append(params, shareableParameters(doc, op.Parameters)...)
			if op.RequestBody != nil {
				bodies = append(bodies, shareableBody(doc, op.RequestBody))
			}
			for _, status := range sortedStatuses(op.Responses) {
				r := op.Responses.Value(status)
				if len(r.Value.Content) == 0 && len(r.Value.Headers) == 0 && len(r.Value.Links) == 0 {
					continue // a reference would not be shorter
				}
				responses = append(responses, shareableResponse(doc, status, r))
			}
		}
	}
	taken := takenNames(doc)
	shareEqual(params, taken)
	shareEqual(bodies, taken)
	shareEqual(responses, taken)
}

// shareHeaders makes components of headers that many responses have. Of each name the most frequent
// description becomes the component.
func shareHeaders(doc *openapi3.T) {
	var all []shareable
	for _, path := range sortedPaths(doc) {
		for _, op := range operationsOf(doc.Paths.Value(path)) {
			for _, r := range op.Responses.Map() {
				for name, h := range r.Value.Headers {
					if identifier(name) != name {
						continue // no component can have the name
					}
					all = append(all, shareable{data: name + " " + compact(h.Value), names: []string{name}, refer: func(string) {
						ensureMap(&componentsOf(doc).Headers)[name] = &openapi3.HeaderRef{Value: h.Value}
						h.Ref = openapi.HeaderPrefix + name
					}})
				}
			}
		}
	}
	shareEqual(all, map[string]bool{})
}

// takenNames returns the keys of the names of all schemas. Code generators make a type of each
// component of any kind, so no two may share a name.
func takenNames(doc *openapi3.T) map[string]bool {
	taken := map[string]bool{}
	if doc.Components != nil {
		for name := range doc.Components.Schemas {
			taken[nameKey(name)] = true
		}
	}
	return taken
}

// nameKey returns a name without what generators change: case, and characters other than letters
// and digits.
func nameKey(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

func shareableBody(doc *openapi3.T, r *openapi3.RequestBodyRef) shareable {
	value := r.Value
	return shareable{data: compact(value), names: bodyNames(value), refer: func(name string) {
		ensureMap(&componentsOf(doc).RequestBodies)[name] = &openapi3.RequestBodyRef{Value: value}
		r.Ref, r.Value = openapi.BodyPrefix+name, nil
	}}
}

func shareableResponse(doc *openapi3.T, status string, r *openapi3.ResponseRef) shareable {
	value := r.Value
	return shareable{data: compact(value), names: responseNames(status, value), refer: func(name string) {
		ensureMap(&componentsOf(doc).Responses)[name] = &openapi3.ResponseRef{Value: value}
		r.Ref, r.Value = openapi.ResponsePrefix+name, nil
	}}
}

func shareableParameters(doc *openapi3.T, list openapi3.Parameters) (out []shareable) {
	for _, p := range list {
		value := p.Value
		out = append(out, shareable{data: compact(value), names: parameterNames(value), refer: func(name string) {
			ensureMap(&componentsOf(doc).Parameters)[name] = &openapi3.ParameterRef{Value: value}
			p.Ref, p.Value = openapi.ParameterPrefix+name, nil
		}})
	}
	return out
}

// hoist moves path parameters that all operations of a path describe alike to the path item.
func hoist(doc *openapi3.T) {
	for _, path := range sortedPaths(doc) {
		item := doc.Paths.Value(path)
		ops := operationsOf(item)
		if len(ops) < 2 {
			continue
		}
		for _, p := range slices.Clone(ops[0].Parameters) {
			text := compact(p.Value)
			same := func(q *openapi3.ParameterRef) bool { return q.Value.Name == p.Value.Name && compact(q.Value) == text }
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

// shareable is a place in a document that may refer to a component instead.
type shareable struct {
	data  string            // the content as JSON
	names []string          // for the component, the best first; without one the content is not moved
	refer func(name string) // replaces the content by a reference to the component, which it adds
}

// shareEqual makes components of contents that occur often, the most frequent one first. Each gets
// a name that is not taken, which is taken then.
func shareEqual(all []shareable, taken map[string]bool) {
	groups := map[string][]shareable{}
	for _, s := range all {
		groups[s.data] = append(groups[s.data], s)
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
	for _, data := range order {
		g := groups[data]
		i := slices.IndexFunc(g[0].names, func(name string) bool { return !taken[nameKey(name)] })
		if i < 0 {
			continue // a numbered name says less than the content itself
		}
		name := g[0].names[i]
		taken[nameKey(name)] = true
		for _, s := range g {
			s.refer(name)
		}
	}
}

// parameterNames returns names made of the parameter's name, then its location, then its type.
func parameterNames(p *openapi3.Parameter) []string {
	base := identifier(noun.Pascal(noun.Words(p.Name)...))
	names := []string{base, base + noun.Pascal(p.In), base + "Parameter"}
	if p.Schema != nil && p.Schema.Value != nil && len(p.Schema.Value.Type.Slice()) == 1 {
		names = append(names, base+noun.Pascal(p.Schema.Value.Type.Slice()[0]))
	}
	return names
}

// responseNames names a success after its schema, a failure after its status and then its schema.
func responseNames(status string, r *openapi3.Response) []string {
	code, _ := strconv.Atoi(status)
	base := identifier(noun.Pascal(noun.Words(cmp.Or(http.StatusText(code), "Status"+status))...))
	schemas := schemaNames(r.Content)
	if status < "300" && len(schemas) > 0 && strings.HasSuffix(schemas[0], "Response") {
		return []string{base + schemas[0]}
	}
	if status < "300" && len(schemas) > 0 {
		return []string{schemas[0] + "Response", base + schemas[0], base + schemas[0] + "Response"}
	}
	names := []string{base, base + "Response"}
	for _, c := range schemas {
		if c != base {
			names = append(names, base+c, base+c+"Response")
		}
	}
	return names
}

// bodyNames names a request body after its schema.
func bodyNames(r *openapi3.RequestBody) (names []string) {
	for _, c := range schemaNames(r.Content) {
		names = append(names, c+"Body")
	}
	return names
}

// schemaNames returns the names of the components that are the bodies, or the elements of lists.
func schemaNames(content openapi3.Content) (names []string) {
	for _, key := range sortedKeys(content) {
		s := content[key].Schema
		if s == nil {
			continue
		}
		suffix := ""
		if s.Value != nil && s.Value.Items != nil {
			s, suffix = s.Value.Items, "List"
		}
		if c, ok := strings.CutPrefix(s.Ref, openapi.SchemaPrefix); ok {
			names = append(names, c+suffix)
		}
	}
	return names
}

// componentsOf returns the components of a document, and adds empty ones first if necessary.
func componentsOf(doc *openapi3.T) *openapi3.Components {
	if doc.Components == nil {
		doc.Components = &openapi3.Components{}
	}
	return doc.Components
}

// ensureMap returns the map that m points to, and makes it if it is nil.
func ensureMap[M ~map[string]V, V any](m *M) M {
	if *m == nil {
		*m = M{}
	}
	return *m
}

func sortedPaths(doc *openapi3.T) []string { return sortedKeys(doc.Paths.Map()) }

func sortedStatuses(r *openapi3.Responses) []string { return sortedKeys(r.Map()) }

// operationsOf returns the operations of a path, sorted by method.
func operationsOf(item *openapi3.PathItem) []*openapi3.Operation {
	ops := item.Operations()
	var out []*openapi3.Operation
	for _, method := range sortedKeys(ops) {
		out = append(out, ops[method])
	}
	return out
}

// compact returns a part of a document as JSON, "" if it cannot be written.
func compact(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(data)
}
