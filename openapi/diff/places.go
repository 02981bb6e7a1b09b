package diff

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/diff"
)

// places walks over what two documents in one form have in common, in the order of the first one.
type places struct {
	operation func(a, b *openapi3.Operation)
	schema    func(a, b **openapi3.SchemaRef) // either may be nil
}

func (v places) documents(a, b *openapi3.T) {
	v.items(a.Paths.Map(), b.Paths.Map())
	v.items(a.Webhooks, b.Webhooks)
}

func (v places) items(a, b map[string]*openapi3.PathItem) {
	for _, path := range keys(a) {
		if a[path] == nil || b[path] == nil {
			continue
		}
		operations, others := a[path].Operations(), b[path].Operations()
		for _, method := range keys(operations) {
			if p := others[method]; p != nil {
				v.operation(operations[method], p)
				v.parts(operations[method], p)
			}
		}
	}
}

func (v places) parts(o, p *openapi3.Operation) {
	type key struct{ in, name string }
	named := map[key]*openapi3.Parameter{}
	for _, q := range p.Parameters {
		named[key{q.Value.In, q.Value.Name}] = q.Value
	}
	for _, q := range o.Parameters {
		if other := named[key{q.Value.In, q.Value.Name}]; other != nil {
			v.schema(&q.Value.Schema, &other.Schema)
		}
	}
	if o.RequestBody != nil && p.RequestBody != nil {
		v.content(o.RequestBody.Value.Content, p.RequestBody.Value.Content)
	}
	responses, others := o.Responses.Map(), p.Responses.Map()
	for _, status := range keys(responses) {
		if others[status] == nil {
			continue
		}
		x, y := responses[status].Value, others[status].Value
		v.content(x.Content, y.Content)
		for _, name := range keys(x.Headers) {
			if h := y.Headers[name]; h != nil {
				v.schema(&x.Headers[name].Value.Schema, &h.Value.Schema)
			}
		}
	}
}

// content walks over media types of the same name, and, as oasdiff does, over those of which one
// contains the other.
func (v places) content(a, b openapi3.Content) {
	for _, name := range keys(a) {
		others := []string{name}
		if b[name] == nil {
			others = slices.DeleteFunc(keys(b), func(s string) bool {
				return a[s] != nil || !diff.IsMediaTypeNameContained(name, s) && !diff.IsMediaTypeNameContained(s, name)
			})
		}
		for _, other := range others {
			m, n := a[name], b[other]
			v.schema(&m.Schema, &n.Schema)
			v.schema(&m.ItemSchema, &n.ItemSchema)
		}
	}
}

// keys returns the keys of a map in order.
func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
