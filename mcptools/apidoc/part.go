package apidoc

import (
	"encoding/json"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi/compact"
)

// Part returns a document with some operations of doc and what they refer to, under the same names.
// It shares these parts with doc, so the caller must modify neither.
func Part(doc *openapi3.T, operations []compact.Operation) (*openapi3.T, error) {
	part := *doc
	part.Paths, part.Components, part.Tags, part.Webhooks = openapi3.NewPaths(), nil, nil, nil
	c := collector{doc.Components, map[string]any{}}
	tags := map[string]bool{}
	for _, x := range operations {
		item := doc.Paths.Value(x.Template)
		if item == nil {
			continue
		}
		o := item.Operations()[x.Method]
		if o == nil {
			continue
		}
		if err := c.operation(doc, item, o); err != nil {
			return nil, err
		}
		copied := part.Paths.Value(x.Template)
		if copied == nil {
			copied = &openapi3.PathItem{
				Extensions: item.Extensions, Summary: item.Summary, Description: item.Description,
				Servers: item.Servers, Parameters: item.Parameters,
			}
			part.Paths.Set(x.Template, copied)
		}
		copied.SetOperation(x.Method, o)
		for _, t := range x.Tags {
			tags[t] = true
		}
	}
	for _, t := range doc.Tags {
		if t != nil && tags[t.Name] {
			part.Tags = append(part.Tags, t)
		}
	}
	if len(c.out) > 0 {
		part.Components = c.components()
	}
	return &part, nil
}

// operation collects what an operation refers to.
func (c *collector) operation(doc *openapi3.T, item *openapi3.PathItem, o *openapi3.Operation) error {
	v, err := toJSON([]any{o, item.Parameters})
	if err != nil {
		return err
	}
	if err := c.collect(v); err != nil {
		return err
	}
	return c.security(doc, o)
}

// security collects the schemes of an operation.
func (c *collector) security(doc *openapi3.T, o *openapi3.Operation) error {
	security := o.Security
	if security == nil {
		security = &doc.Security
	}
	for _, alternative := range *security {
		for name := range alternative {
			if err := c.add("securitySchemes", name); err != nil {
				return err
			}
		}
	}
	return nil
}

// components returns the collected components.
func (c *collector) components() *openapi3.Components {
	return &openapi3.Components{
		Extensions:      c.all.Extensions,
		Schemas:         pick(c, "schemas", c.all.Schemas),
		Parameters:      pick(c, "parameters", c.all.Parameters),
		Headers:         pick(c, "headers", c.all.Headers),
		RequestBodies:   pick(c, "requestBodies", c.all.RequestBodies),
		Responses:       pick(c, "responses", c.all.Responses),
		SecuritySchemes: pick(c, "securitySchemes", c.all.SecuritySchemes),
		Examples:        pick(c, "examples", c.all.Examples),
		Links:           pick(c, "links", c.all.Links),
		Callbacks:       pick(c, "callbacks", c.all.Callbacks),
	}
}

// pick returns the collected components of a kind.
func pick[M ~map[string]V, V any](c *collector, kind string, all M) M {
	names, _ := c.out[kind].(map[string]any)
	if len(names) == 0 {
		return nil
	}
	out := M{}
	for name := range names {
		out[name] = all[name]
	}
	return out
}

// Fit returns the largest number of operations, up to n, whose text has at most limit bytes, and at
// least 1 unless n is 0. size returns the bytes of the text of a number of operations, which grows
// with it.
func Fit(n, limit int, size func(n int) (int, error)) (int, error) {
	fits, tooMany := 0, n+1
	for next := 1; tooMany-fits > 1; {
		bytes, err := size(next)
		if err != nil {
			return 0, err
		}
		if bytes <= limit {
			fits = next
		} else {
			tooMany = next
		}
		if tooMany > n { // not yet too many: double
			next = min(2*fits, n)
		} else {
			next = (fits + tooMany) / 2
		}
	}
	return max(fits, min(n, 1)), nil
}

// Forms makes compact forms and caches the last ones. The zero value is ready for use, from any
// goroutine.
type Forms struct {
	mu     sync.Mutex // guards cached
	cached []cachedForm
}

type cachedForm struct {
	doc  *openapi3.T // never modified
	form *compact.Form
}

// Of returns the compact form of a document. counts, which returns how often an operation was seen,
// belongs to the document.
func (x *Forms) Of(doc *openapi3.T, counts func(method, template string) int64) (*compact.Form, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, c := range x.cached {
		if c.doc == doc {
			return c.form, nil
		}
	}
	form, err := compact.New(doc, compact.Options{Count: counts})
	if err != nil {
		return nil, err
	}
	if len(x.cached) == maxCached {
		x.cached = slices.Delete(x.cached, 0, 1)
	}
	x.cached = append(x.cached, cachedForm{doc, form})
	return form, nil
}

// JSON returns a document as JSON values, and the bytes of its shortest text.
func JSON(doc *openapi3.T) (v map[string]any, bytes int, err error) {
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, 0, err
	}
	err = json.Unmarshal(raw, &v)
	return v, len(raw), err
}
