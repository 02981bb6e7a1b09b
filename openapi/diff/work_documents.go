package diff

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/diff"
)

// renamedCost is the steps to compare the text of two paths without the names of their parameters.
// oasdiff compares each path that the other document writes differently with all paths there.
const renamedCost = 30

// documents counts the comparison of two documents.
func (w *work) documents(a, b *openapi3.T) {
	w.items(a.Paths.Map(), b.Paths.Map())
	w.items(a.Webhooks, b.Webhooks)
	if a.Components == nil || b.Components == nil {
		return
	}
	for _, name := range commonKeys(a.Components.Schemas, b.Components.Schemas) {
		w.schema(a.Components.Schemas[name], b.Components.Schemas[name])
	}
	for _, name := range commonKeys(a.Components.Parameters, b.Components.Parameters) {
		w.parameter(a.Components.Parameters[name].Value, b.Components.Parameters[name].Value)
	}
	w.headers(a.Components.Headers, b.Components.Headers)
	for _, name := range commonKeys(a.Components.RequestBodies, b.Components.RequestBodies) {
		w.body(a.Components.RequestBodies[name], b.Components.RequestBodies[name])
	}
	w.responses(a.Components.Responses, b.Components.Responses)
	w.callbackMaps(a.Components.Callbacks, b.Components.Callbacks)
}

// commonKeys returns the keys that two maps have in common, in order.
func commonKeys[V any](a, b map[string]V) (keys []string) {
	for key := range a {
		if _, has := b[key]; has {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// items counts the comparison of path items.
func (w *work) items(a, b map[string]*openapi3.PathItem) {
	named := map[string]*openapi3.PathItem{}
	for path, item := range b {
		named[withoutNames(path)] = item
	}
	for _, path := range slices.Sorted(maps.Keys(a)) {
		w.spend(1)
		other, same := b[path]
		if !same {
			w.spend(renamedCost * len(b))
			other = named[withoutNames(path)]
		}
		if a[path] != nil && other != nil {
			w.item(a[path], other)
		}
	}
	for path := range b {
		if _, same := a[path]; !same {
			w.spend(renamedCost * len(a))
		}
	}
}

func (w *work) item(a, b *openapi3.PathItem) {
	w.parameters(a.Parameters, b.Parameters)
	others := b.Operations()
	for method, o := range a.Operations() {
		w.spend(walkCost)
		if p := others[method]; p != nil {
			w.parameters(o.Parameters, p.Parameters)
			w.body(o.RequestBody, p.RequestBody)
			w.responses(o.Responses.Map(), p.Responses.Map())
			w.callbackMaps(o.Callbacks, p.Callbacks)
		}
	}
}

// parameters counts the comparison of parameters. What this costs for the search of a parameter is
// bounded by [pairs].
func (w *work) parameters(a, b openapi3.Parameters) {
	type key struct{ in, name string }
	named := map[key]*openapi3.Parameter{}
	for _, r := range b {
		if r != nil && r.Value != nil {
			named[key{r.Value.In, r.Value.Name}] = r.Value
		}
	}
	for _, r := range a {
		w.spend(1)
		if r != nil && r.Value != nil && named[key{r.Value.In, r.Value.Name}] != nil {
			w.parameter(r.Value, named[key{r.Value.In, r.Value.Name}])
		}
	}
}

func (w *work) parameter(a, b *openapi3.Parameter) {
	if a == nil || b == nil {
		return
	}
	w.spend(walkCost + len(a.Examples))
	w.schema(a.Schema, b.Schema)
	w.content(a.Content, b.Content)
}

func (w *work) body(a, b *openapi3.RequestBodyRef) {
	if a == nil || b == nil || a.Value == nil || b.Value == nil {
		return
	}
	w.spend(walkCost)
	w.content(a.Value.Content, b.Value.Content)
}

func (w *work) responses(a, b map[string]*openapi3.ResponseRef) {
	for _, status := range commonKeys(a, b) {
		w.spend(walkCost)
		x, y := a[status], b[status]
		if x == nil || y == nil || x.Value == nil || y.Value == nil {
			continue
		}
		w.spend(len(x.Value.Links))
		w.headers(x.Value.Headers, y.Value.Headers)
		w.content(x.Value.Content, y.Value.Content)
	}
}

func (w *work) headers(a, b openapi3.Headers) {
	w.spend(len(a) + len(b))
	for _, name := range commonKeys(a, b) {
		if x, y := a[name], b[name]; x != nil && y != nil && x.Value != nil && y.Value != nil {
			w.parameter(&x.Value.Parameter, &y.Value.Parameter)
		}
	}
}

// content counts the comparison of bodies by their media types. One without a namesake is compared
// with each of the other side.
func (w *work) content(a, b openapi3.Content) {
	w.spend(len(a) + len(b))
	alone := [2][]string{}
	for i, side := range [2][2]openapi3.Content{{a, b}, {b, a}} {
		for name := range side[0] {
			if _, has := side[1][name]; !has {
				alone[i] = append(alone[i], name)
			} else if i == 0 {
				w.media(a[name], b[name])
			}
		}
	}
	w.spend(renamedCost * len(alone[0]) * len(alone[1]))
	for _, x := range alone[0] {
		for _, y := range alone[1] {
			if diff.IsMediaTypeNameContained(x, y) || diff.IsMediaTypeNameContained(y, x) {
				w.media(a[x], b[y])
			}
		}
	}
}

func (w *work) media(a, b *openapi3.MediaType) {
	if a == nil || b == nil {
		return
	}
	w.spend(walkCost + len(a.Examples))
	w.schema(a.Schema, b.Schema)
	w.schema(a.ItemSchema, b.ItemSchema)
	for _, name := range commonKeys(a.Encoding, b.Encoding) {
		w.spend(1)
		if x, y := a.Encoding[name], b.Encoding[name]; x != nil && y != nil {
			w.headers(x.Headers, y.Headers)
		}
	}
}

// callbackMaps counts the comparison of callbacks. A callback within itself is not compared again,
// but one that several operations share is, each time.
func (w *work) callbackMaps(a, b openapi3.Callbacks) {
	for _, name := range commonKeys(a, b) {
		w.spend(pairCost)
		x, y := a[name], b[name]
		if x == nil || y == nil || x.Value == nil || y.Value == nil {
			continue
		}
		both := [2]*openapi3.Callback{x.Value, y.Value}
		if w.callbacks[both] {
			continue
		}
		w.level(len(w.callbacks))
		w.callbacks[both] = true
		w.items(x.Value.Map(), y.Value.Map())
		delete(w.callbacks, both)
	}
}
