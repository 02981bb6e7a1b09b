package apidoc

import (
	"bytes"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/opsearch"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/compact"
)

// Recent caches the values computed from the last documents, by key: clients ask several questions
// about one. The zero value is ready for use, from any goroutine.
type Recent[K comparable, V any] struct {
	mu     sync.Mutex // guards all below
	keys   []K        // the last one is the newest
	values []V
}

// maxRecent is the number of values in a Recent.
const maxRecent = 4

// Of returns the value of a key. It calls make, one call at a time, for a value that is not cached.
func (r *Recent[K, V]) Of(key K, make func() (V, error)) (V, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.get(key)
	if ok {
		return v, nil
	}
	v, err := make()
	if err == nil {
		r.add(key, v)
	}
	return v, err
}

// Get returns the value of a key, and whether there is one.
func (r *Recent[K, V]) Get(key K) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.get(key)
}

// Add adds the value of a key.
func (r *Recent[K, V]) Add(key K, v V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(key, v)
}

func (r *Recent[K, V]) get(key K) (v V, ok bool) {
	if i := slices.Index(r.keys, key); i >= 0 {
		return r.values[i], true
	}
	return v, false
}

func (r *Recent[K, V]) add(key K, v V) {
	if len(r.keys) == maxRecent {
		r.keys, r.values = slices.Delete(r.keys, 0, 1), slices.Delete(r.values, 0, 1)
	}
	r.keys, r.values = append(r.keys, key), append(r.values, v)
}

// Encoder encodes documents and keeps the last texts. The zero value is ready for use, from any
// goroutine.
type Encoder struct{ texts Recent[textKey, []byte] }

type textKey struct {
	doc    *openapi3.T // never modified
	format openapi.Format
}

// Encode returns the text of a document. The caller must modify neither the text nor the document.
func (e *Encoder) Encode(doc *openapi3.T, format openapi.Format) ([]byte, error) {
	return e.texts.Of(textKey{doc, format}, func() ([]byte, error) {
		var b bytes.Buffer
		err := openapi.Encode(&b, doc, format)
		return b.Bytes(), err
	})
}

// Forms makes compact forms and the data of documents, which must not change, and keeps the last
// ones. The zero value is ready for use, from any goroutine.
type Forms struct {
	compact  Recent[*openapi3.T, *compact.Form]
	data     Recent[*openapi3.T, *Data]
	searches Recent[*openapi3.T, *opsearch.Index]
}

// Compact returns the compact form of a document. counts, which returns how often an operation was
// seen, belongs to the document.
func (x *Forms) Compact(doc *openapi3.T, counts func(method, template string) int64) (*compact.Form, error) {
	return x.compact.Of(doc, func() (*compact.Form, error) { return compact.New(doc, compact.Options{Count: counts}) })
}

// Data returns the data of a document.
func (x *Forms) Data(doc *openapi3.T) (*Data, error) {
	return x.data.Of(doc, func() (*Data, error) { return DataOf(doc) })
}

// Search returns the search of a document's operations, in the order of its compact form.
func (x *Forms) Search(doc *openapi3.T, form *compact.Form) *opsearch.Index {
	index, _ := x.searches.Of(doc, func() (*opsearch.Index, error) { return newSearch(doc, form.Operations()), nil })
	return index
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
