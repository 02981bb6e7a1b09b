package apidoc

import (
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/opsearch"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/compact"
)

// Forms makes compact forms and the data of documents, and caches the last ones. The zero value is
// ready for use, from any goroutine.
type Forms struct {
	mu     sync.Mutex // guards cached
	cached []*forms
}

// forms are the forms of one document; those that nobody asked for yet are nil.
type forms struct {
	doc  *openapi3.T // never modified
	form *compact.Form
	data *Data
	// search finds the operations of form by words.
	search *opsearch.Index
}

// Compact returns the compact form of a document. counts, which returns how often an operation was
// seen, belongs to the document.
func (x *Forms) Compact(doc *openapi3.T, counts func(method, template string) int64) (*compact.Form, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	c := x.of(doc)
	if c.form != nil {
		return c.form, nil
	}
	var err error
	c.form, err = compact.New(doc, compact.Options{Count: counts})
	return c.form, err
}

// Search returns the search of a document's operations, in the order of its compact form.
func (x *Forms) Search(doc *openapi3.T, form *compact.Form) *opsearch.Index {
	x.mu.Lock()
	defer x.mu.Unlock()
	c := x.of(doc)
	if c.search == nil {
		c.search = newSearch(doc, form.Operations())
	}
	return c.search
}

func newSearch(doc *openapi3.T, ops []compact.Operation) *opsearch.Index {
	entries := make([]opsearch.Operation, len(ops))
	for i := range ops {
		o := &ops[i]
		entries[i] = opsearch.Operation{Method: o.Method, Path: o.Template, Summary: o.Summary, Tags: o.Tags}
		item := doc.Paths.Value(o.Template)
		if item == nil {
			continue
		}
		if op := item.Operations()[o.Method]; op != nil {
			entries[i] = opsearch.Of(op.OperationID, o.Method, o.Template, item, op)
		}
	}
	return opsearch.New(entries)
}

// Data returns the data of a document.
func (x *Forms) Data(doc *openapi3.T) (*Data, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	c := x.of(doc)
	if c.data != nil {
		return c.data, nil
	}
	var err error
	c.data, err = DataOf(doc)
	return c.data, err
}

// DataOf returns the data of a document. They are not cached.
func DataOf(doc *openapi3.T) (*Data, error) {
	v, err := openapi.Data(doc)
	if err != nil {
		return nil, err
	}
	return newData(v), nil
}

// of returns the forms of a document. The caller holds mu.
func (x *Forms) of(doc *openapi3.T) *forms {
	for _, c := range x.cached {
		if c.doc == doc {
			return c
		}
	}
	if len(x.cached) == maxCached {
		x.cached = slices.Delete(x.cached, 0, 1)
	}
	c := &forms{doc: doc}
	x.cached = append(x.cached, c)
	return c
}
